using Moda.Kernels;
using Moda.Kernels.Forwards;

namespace Moda.Runtime.Networks.Rendering;

/// <summary>
/// The first layer of a SPADE norm (<c>mlp_shared</c>): a convolution of the segmentation map and a ReLU, by itself or as a part of
/// <see cref="JoinedFirstLayers"/>.
/// </summary>
internal sealed class SpadeFirstLayer
{
    private readonly ConvolutionWeights? weights;
    private readonly int firstChannel;

    /// <summary>Loads a layer that stands by itself.</summary>
    /// <param name="norm">The norm's place.</param>
    /// <param name="segmentationChannels">Channels of the segmentation map.</param>
    /// <param name="scale">How many times larger than the segmentation map the normalised map is.</param>
    public SpadeFirstLayer(ParameterLoader norm, int segmentationChannels, int scale)
    {
        weights = norm.Convolution(Read(norm, segmentationChannels, scale));
        Channels = weights.Geometry.OutputChannels;
    }

    /// <summary>Takes a part of joined layers.</summary>
    /// <param name="firstChannel">Where it begins in their output.</param>
    /// <param name="channels">Channels of its output.</param>
    public SpadeFirstLayer(int firstChannel, int channels)
    {
        this.firstChannel = firstChannel;
        Channels = channels;
    }

    /// <summary>Channels of the output.</summary>
    public int Channels { get; }

    /// <summary>How many times larger than the segmentation map the output is.</summary>
    public int Scale => weights?.Geometry.Upsample ?? 1;

    /// <summary>Reads the parameters of a norm's first layer.</summary>
    /// <param name="norm">The norm's place.</param>
    /// <param name="segmentationChannels">Channels of the segmentation map.</param>
    /// <param name="scale">How many times larger than the segmentation map the normalised map is.</param>
    public static ConvolutionParameters Read(ParameterLoader norm, int segmentationChannels, int scale) =>
        norm.ReadConvolution("mlp_shared.0", inputs: segmentationChannels, upsample: scale);

    /// <summary>Computes the output, or takes it where it was computed with others.</summary>
    /// <param name="workspace">Where the forward happens.</param>
    /// <param name="segmentation">The segmentation map.</param>
    /// <returns>[N, H, W, <see cref="Channels"/>].</returns>
    public Tensor Forward(Workspace workspace, in SegmentationMap segmentation) => weights is null
        ? segmentation.JoinedLayers!.Value.ChannelSlice(firstChannel, Channels)
        : workspace.Convolution(segmentation.Features, weights, new Epilogue { Activation = Activation.Relu });
}

/// <summary>What SPADE norms read.</summary>
/// <param name="Features">[N, H, W, S].</param>
/// <param name="JoinedLayers">What <see cref="JoinedFirstLayers"/> made of it; null where every norm has a layer of its own.</param>
internal readonly record struct SegmentationMap(Tensor Features, Tensor? JoinedLayers = null);
