using Moda.Kernels;
using Moda.Kernels.Forwards;

namespace Moda.Runtime.Networks.FaceParsing;

/// <summary>The basic block of ResNet-18 (He et al. 2015).</summary>
internal sealed class ResidualBlock
{
    private readonly ConvolutionWeights conv1;
    private readonly ConvolutionWeights conv2;
    private readonly ConvolutionWeights? downsample;

    public ResidualBlock(ParameterLoader parameters, int inputChannels)
    {
        // In this network a block halves the resolution exactly when it also changes the number of channels.
        int stride = parameters["downsample"].Exists ? 2 : 1;
        conv1 = parameters.Convolution("conv1", inputs: inputChannels, stride: stride, batchNorm: "bn1");
        conv2 = parameters.Convolution("conv2", inputs: conv1.Geometry.OutputChannels, batchNorm: "bn2");
        if (stride > 1)
        {
            downsample = parameters.Convolution(
                "downsample.0", inputs: inputChannels, outputs: OutputChannels, stride: stride, batchNorm: "downsample.1");
        }
    }

    public int OutputChannels => conv2.Geometry.OutputChannels;

    public Tensor Forward(Workspace workspace, Tensor input, Tensor? output = null)
    {
        Tensor shortcut = downsample is null ? input : workspace.Convolution(input, downsample);
        Tensor hidden = workspace.Convolution(input, conv1, new Epilogue { Activation = Activation.Relu });
        return workspace.Convolution(hidden, conv2, new Epilogue { Residual = shortcut, Activation = Activation.Relu }, output);
    }
}
