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
        mlpGammaBeta = LoadGammaBeta(parameters, channels, mlpShared.Geometry.OutputChannels);
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

    /// <summary>The convolutions <c>mlp_gamma</c> and <c>mlp_beta</c> as one: all gammas first.</summary>
    private static ConvolutionWeights LoadGammaBeta(ParameterLoader parameters, int channels, int hiddenChannels)
    {
        ReadOnlySpan<int> shape = parameters.ShapeOf("mlp_gamma.weight");
        (int height, int width) = (shape[^2], shape[^1]);
        float[] weight =
        [
            .. parameters.Values("mlp_gamma.weight", channels, hiddenChannels, height, width),
            .. parameters.Values("mlp_beta.weight", channels, hiddenChannels, height, width),
        ];
        float[] bias = [.. parameters.Values("mlp_gamma.bias", channels), .. parameters.Values("mlp_beta.bias", channels)];
        return parameters.Convolution(weight, bias, new ConvolutionGeometry
        {
            InputChannels = hiddenChannels,
            OutputChannels = 2 * channels,
            Kernel = new Extent3(1, height, width),
            Padding = new Extent3(0, height / 2, width / 2),
        });
    }
}
