using Moda.Kernels;
using Moda.Kernels.Forwards;

namespace Moda.Runtime.Networks.Rendering;

/// <summary>
/// Convolution, batch norm and ReLU, then an average over 2 x 2 positions: the down block of the reference's encoders (<c>DownBlock2d</c>,
/// <c>DownBlock3d</c>). In three dimensions the depth stays the same.
/// </summary>
internal sealed class DownBlock
{
    private static readonly Extent3 Window = new(1, 2, 2);

    private readonly ConvolutionWeights conv;

    public DownBlock(ParameterLoader parameters, int inputChannels) =>
        conv = parameters.Convolution("conv", inputs: inputChannels, batchNorm: "norm");

    public int OutputChannels => conv.Geometry.OutputChannels;

    /// <summary>Maps [..., H, W, C] to [..., H / 2, W / 2, C'].</summary>
    public Tensor Forward(Workspace workspace, Tensor input, Tensor? output = null)
    {
        Tensor pooled = output ?? workspace.Allocate(HalfExtents(input.Shape).WithChannels(OutputChannels));
        using Workspace.Scope scope = workspace.BeginScope();
        Tensor features = workspace.Convolution(input, conv, new Epilogue { Activation = Activation.Relu });
        return workspace.AveragePool(features, Window, pooled);
    }

    /// <summary>A shape with half the height and width.</summary>
    public static Shape HalfExtents(Shape shape) =>
        shape.With(shape.Rank - 3, shape[^3] / Window.Height).With(shape.Rank - 2, shape[^2] / Window.Width);
}
