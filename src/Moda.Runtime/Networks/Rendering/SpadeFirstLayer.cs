using Moda.Kernels;
using Moda.Kernels.Forwards;

namespace Moda.Runtime.Networks.Rendering;

/// <summary>
/// The first layer of a SPADE norm (<c>mlp_shared</c>): a convolution of the segmentation map and a ReLU. It is a separate layer or a part
/// of <see cref="JoinedFirstLayers"/>.
/// </summary>
internal sealed class SpadeFirstLayer
{
    private readonly ConvolutionWeights? weights;
    private readonly int firstChannel;

    /// <summary>Loads a separate layer.</summary>
    /// <param name="norm">The loader at the norm's place in the checkpoint.</param>
    /// <param name="segmentationChannels">Channels of the segmentation map.</param>
    /// <param name="scale">The size of the normalised map divided by that of the segmentation map.</param>
    public SpadeFirstLayer(ParameterLoader norm, int segmentationChannels, int scale)
    {
        weights = norm.Convolution(Read(norm, segmentationChannels, scale));
        Channels = weights.Geometry.OutputChannels;
    }

    /// <summary>Creates a part of joined layers.</summary>
    /// <param name="firstChannel">The layer's first channel in the joint output.</param>
    /// <param name="channels">The number of its output channels.</param>
    public SpadeFirstLayer(int firstChannel, int channels)
    {
        this.firstChannel = firstChannel;
        Channels = channels;
    }

    /// <summary>Channels of the output.</summary>
    public int Channels { get; }

    /// <summary>The size of the output divided by that of the segmentation map.</summary>
    public int Scale => weights?.Geometry.Upsample ?? 1;

    /// <summary>Reads the parameters of a norm's first layer.</summary>
    /// <param name="norm">The loader at the norm's place in the checkpoint.</param>
    /// <param name="segmentationChannels">Channels of the segmentation map.</param>
    /// <param name="scale">The size of the normalised map divided by that of the segmentation map.</param>
    public static ConvolutionParameters Read(ParameterLoader norm, int segmentationChannels, int scale) =>
        norm.ReadConvolution("mlp_shared.0", inputs: segmentationChannels, upsample: scale);

    /// <summary>Computes the output of a separate layer, or returns its part of the joint output.</summary>
    /// <param name="workspace">The workspace of the forward pass.</param>
    /// <param name="segmentation">The segmentation map.</param>
    /// <returns>[N, H, W, <see cref="Channels"/>].</returns>
    public Tensor Forward(Workspace workspace, in SegmentationMap segmentation) => weights is null
        ? segmentation.JoinedLayers!.Value.ChannelSlice(firstChannel, Channels)
        : workspace.Convolution(segmentation.Features, weights, new Epilogue { Activation = Activation.Relu });
}

/// <summary>The input of SPADE norms.</summary>
/// <param name="Features">[N, H, W, S].</param>
/// <param name="JoinedLayers">The output of <see cref="JoinedFirstLayers"/>; null when every norm has a separate layer.</param>
internal readonly record struct SegmentationMap(Tensor Features, Tensor? JoinedLayers = null);
