using Moda.Kernels;
using Moda.Kernels.Forwards;

namespace Moda.Runtime.Networks.FaceParsing;

/// <summary>BiSeNet's attention refinement module: a convolution, and a factor for each of its channels, computed from the global average.</summary>
internal sealed class AttentionRefinement
{
    private readonly ConvolutionWeights conv;
    private readonly ConvolutionWeights attention;

    public AttentionRefinement(ParameterLoader parameters, int inputChannels)
    {
        conv = parameters["conv"].Convolution("conv", inputs: inputChannels, batchNorm: "bn");
        attention = parameters.Convolution("conv_atten", inputs: OutputChannels, outputs: OutputChannels, batchNorm: "bn_atten");
    }

    public int OutputChannels => conv.Geometry.OutputChannels;

    /// <summary>Computes the features [1, H, W, C] and the factors [C].</summary>
    public (Tensor Features, Tensor Attention) Forward(Workspace workspace, Tensor input)
    {
        Tensor features = workspace.Convolution(input, conv, new Epilogue { Activation = Activation.Relu });
        Tensor average = workspace.GlobalAveragePool(features).Reshape(1, 1, 1, OutputChannels);
        Tensor factors = workspace.Convolution(average, attention, new Epilogue { Activation = Activation.Sigmoid });
        return (features, factors.Reshape(OutputChannels));
    }
}
