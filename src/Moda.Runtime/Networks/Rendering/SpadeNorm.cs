using Moda.Kernels;

namespace Moda.Runtime.Networks.Rendering;

/// <summary>
/// SPADE (Park et al. 2019): a normalised map is scaled and shifted at each position by what convolutions read from a segmentation map;
/// here that map is the warped feature map.
/// </summary>
internal sealed class SpadeNorm
{
    private readonly ConvolutionWeights mlpShared;
    private readonly ConvolutionWeights mlpGammaBeta;

    /// <summary>Loads a norm.</summary>
    /// <param name="parameters">The norm's place.</param>
    /// <param name="channels">Channels that it normalises.</param>
    /// <param name="segmentationChannels">Channels of the segmentation map.</param>
    /// <param name="scale">How many times larger than the segmentation map the normalised map is.</param>
    public SpadeNorm(ParameterLoader parameters, int channels, int segmentationChannels, int scale)
    {
        mlpShared = parameters.Convolution("mlp_shared.0", inputs: segmentationChannels, upsample: scale);
        int hiddenChannels = mlpShared.Geometry.OutputChannels;
        mlpGammaBeta = parameters.Convolution(parameters
            .ReadConvolution("mlp_gamma", inputs: hiddenChannels, outputs: channels)
            .Append(parameters.ReadConvolution("mlp_beta", inputs: hiddenChannels, outputs: channels)));
    }

    /// <summary>Normalises, modulates and activates.</summary>
    /// <param name="workspace">Where the forward happens.</param>
    /// <param name="input">[N, h, w, C]; read as if upsampled to the scale of this norm.</param>
    /// <param name="statistics">[N, 2, C]: the input's instance statistics, which upsampling does not change.</param>
    /// <param name="segmentation">[N, H / scale, W / scale, S].</param>
    /// <param name="activation">Applied last.</param>
    /// <returns>[N, H, W, C].</returns>
    public Tensor Forward(Workspace workspace, Tensor input, Tensor statistics, Tensor segmentation, Activation activation)
    {
        int scale = mlpShared.Geometry.Upsample;
        Tensor output = workspace.Allocate(
            segmentation.Shape[0], segmentation.Shape[1] * scale, segmentation.Shape[2] * scale, input.Channels);
        using Workspace.Scope scope = workspace.BeginScope();
        Tensor shared = workspace.Convolution(segmentation, mlpShared, new Epilogue { Activation = Activation.Relu });
        Tensor gammaBeta = workspace.Convolution(shared, mlpGammaBeta);
        return workspace.SpadeModulate(input, statistics, gammaBeta, activation, output);
    }
}
