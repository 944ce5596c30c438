using Moda.Kernels;
using Moda.Kernels.Forwards;

namespace Moda.Runtime.Networks.Rendering;

/// <summary>A pre-activation residual block over a volume (<c>ResBlock3d</c>): norm, ReLU, convolution, twice.</summary>
internal sealed class ResidualBlock3d
{
    private readonly Tensor norm1Scale;
    private readonly Tensor norm1Shift;
    private readonly ConvolutionWeights conv1;
    private readonly ConvolutionWeights conv2;

    public ResidualBlock3d(ParameterLoader parameters, int channels)
    {
        BatchNormFolding norm1 = parameters.BatchNorm("norm1", channels);
        norm1Scale = parameters.Tensor(norm1.Scale, channels);
        norm1Shift = parameters.Tensor(norm1.Shift, channels);
        conv1 = parameters.Convolution("conv1", inputs: channels, outputs: channels, batchNorm: "norm2");
        conv2 = parameters.Convolution("conv2", inputs: channels, outputs: channels);
    }

    /// <summary>Adds the block's output to a volume [N, D, H, W, C] in place.</summary>
    public void Forward(Workspace workspace, Tensor volume)
    {
        using Workspace.Scope scope = workspace.BeginScope();
        Tensor hidden = workspace.ScaleShift(volume, norm1Scale, norm1Shift, Activation.Relu);
        hidden = workspace.Convolution(hidden, conv1, new Epilogue { Activation = Activation.Relu });
        workspace.Convolution(hidden, conv2, new Epilogue { Residual = volume }, volume);
    }
}
