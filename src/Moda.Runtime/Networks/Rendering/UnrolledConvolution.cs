using Moda.Kernels;
using Moda.Kernels.Forwards;

namespace Moda.Runtime.Networks.Rendering;

/// <summary>A convolution with few output channels, computed in two steps: see <see cref="ConvolutionParameters.UnrollTaps"/>.</summary>
internal sealed class UnrolledConvolution
{
    private readonly ConvolutionWeights taps;
    private readonly int height;
    private readonly int width;

    /// <summary>Packs a convolution.</summary>
    /// <param name="parameters">The loader that packs the parameters.</param>
    /// <param name="convolution">The convolution.</param>
    /// <param name="unrollHeight">Whether height is also unrolled. Width always is.</param>
    public UnrolledConvolution(ParameterLoader parameters, ConvolutionParameters convolution, bool unrollHeight)
    {
        height = unrollHeight ? convolution.Geometry.Kernel.Height : 1;
        width = convolution.Geometry.Kernel.Width;
        taps = parameters.Convolution(convolution.UnrollTaps(unrollHeight));
    }

    public Tensor Forward(Workspace workspace, Tensor input, Activation activation = default) =>
        workspace.ShiftAdd(workspace.Convolution(input, taps), height, width, activation);
}
