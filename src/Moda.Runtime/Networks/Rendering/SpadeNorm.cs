using Moda.Kernels;
using Moda.Kernels.Forwards;
using Moda.Kernels.Fused;

namespace Moda.Runtime.Networks.Rendering;

/// <summary>
/// SPADE (Park et al. 2019): a normalised map is scaled and shifted at each position by the outputs of convolutions over a segmentation
/// map. Here the segmentation map is the warped feature map.
/// </summary>
internal sealed class SpadeNorm
{
    private readonly SpadeFirstLayer first;
    private readonly SpadeConvolutionWeights mlpGammaBeta;

    /// <summary>Loads a norm.</summary>
    /// <param name="parameters">The loader at the norm's place in the checkpoint.</param>
    /// <param name="channels">The number of channels that it normalises.</param>
    /// <param name="first">The norm's first layer.</param>
    public SpadeNorm(ParameterLoader parameters, int channels, SpadeFirstLayer first)
    {
        this.first = first;
        mlpGammaBeta = parameters.SpadeConvolution(parameters
            .ReadConvolution("mlp_gamma", inputs: first.Channels, outputs: channels)
            .Append(parameters.ReadConvolution("mlp_beta", inputs: first.Channels, outputs: channels)));
    }

    /// <summary>Normalises, modulates and activates.</summary>
    /// <param name="workspace">The workspace of the forward pass.</param>
    /// <param name="input">[N, h, w, C]; it is read as if it were upsampled to the scale of this norm.</param>
    /// <param name="statistics">[N, 2, C]: the input's instance statistics, which upsampling does not change.</param>
    /// <param name="segmentation">[N, H / scale, W / scale, S].</param>
    /// <param name="activation">The activation, which is applied last.</param>
    /// <returns>[N, H, W, C].</returns>
    public Tensor Forward(
        Workspace workspace, Tensor input, Tensor statistics, in SegmentationMap segmentation, Activation activation)
    {
        Shape map = segmentation.Features.Shape;
        Tensor output = workspace.Allocate(map[0], map[1] * first.Scale, map[2] * first.Scale, input.Channels);
        using Workspace.Scope scope = workspace.BeginScope();
        Tensor hidden = first.Forward(workspace, segmentation);
        return workspace.SpadeConvolution(hidden, mlpGammaBeta, input, statistics, activation, output);
    }
}
