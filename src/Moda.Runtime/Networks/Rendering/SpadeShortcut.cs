using Moda.Kernels;
using Moda.Kernels.Forwards;
using Moda.Kernels.Fused;

namespace Moda.Runtime.Networks.Rendering;

/// <summary>
/// The learned shortcut of a SPADE residual block: <c>conv_s(norm_s(x))</c>. No activation stands between the norm and the pointwise
/// convolution, so the convolution can be applied to both summands of the norm separately: to the scaled map directly, and to beta by
/// merging it with the convolution <c>mlp_beta</c>. The merged convolution has fewer outputs than beta has channels.
/// </summary>
internal sealed class SpadeShortcut
{
    private readonly SpadeFirstLayer first;
    private readonly ConvolutionWeights mlpGamma;
    private readonly ConvolutionWeights convBeta;
    private readonly ConvolutionWeights conv;

    /// <summary>Loads a shortcut.</summary>
    /// <param name="parameters">The loader at the block's place in the checkpoint.</param>
    /// <param name="inputChannels">Channels of the block's input.</param>
    /// <param name="outputChannels">Channels of the block's output.</param>
    /// <param name="segmentationChannels">Channels of the segmentation map.</param>
    /// <param name="scale">The size of the block's output divided by that of the segmentation map.</param>
    public SpadeShortcut(ParameterLoader parameters, int inputChannels, int outputChannels, int segmentationChannels, int scale)
    {
        ParameterLoader norm = parameters["norm_s"];
        first = new SpadeFirstLayer(norm, segmentationChannels, scale);
        mlpGamma = norm.Convolution("mlp_gamma", inputs: first.Channels, outputs: inputChannels);
        ConvolutionParameters convParameters = parameters.WithoutBiases().ReadConvolution("conv_s", inputs: inputChannels, outputs: outputChannels);
        conv = parameters.Convolution(convParameters);
        convBeta = parameters.Convolution(
            norm.ReadConvolution("mlp_beta", inputs: first.Channels, outputs: inputChannels).Then(convParameters));
    }

    /// <summary>Computes the shortcut.</summary>
    /// <param name="workspace">The workspace of the forward pass.</param>
    /// <param name="input">[N, h, w, C]; it is read as if it were upsampled to the block's scale.</param>
    /// <param name="statistics">[N, 2, C]: the input's instance statistics.</param>
    /// <param name="segmentation">[N, H / scale, W / scale, S].</param>
    /// <param name="output">[N, H, W, C'].</param>
    public void Forward(Workspace workspace, Tensor input, Tensor statistics, in SegmentationMap segmentation, Tensor output)
    {
        using Workspace.Scope scope = workspace.BeginScope();
        Tensor shared = first.Forward(workspace, segmentation);
        Tensor gamma = workspace.Convolution(shared, mlpGamma);
        Tensor scaled = workspace.SpadeModulate(input, statistics, gamma, Activation.None);
        workspace.Convolution(shared, convBeta, output: output);
        workspace.Convolution(scaled, conv, new Epilogue { Residual = output }, output);
    }
}
