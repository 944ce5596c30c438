using Moda.Kernels;
using Moda.Kernels.Forwards;

namespace Moda.Runtime.Networks.Rendering;

/// <summary>
/// Joins the first layers of several SPADE norms with the same segmentation map into one convolution, because each layer alone has too few
/// outputs to fill a device.
/// </summary>
internal sealed class JoinedFirstLayers
{
    private readonly ConvolutionWeights weights;

    /// <summary>Loads the layers of norms whose maps have the size of the segmentation map.</summary>
    /// <param name="norms">Loaders at the norms' places in the checkpoint; at least one.</param>
    /// <param name="segmentationChannels">Channels of the segmentation map.</param>
    public JoinedFirstLayers(IReadOnlyList<ParameterLoader> norms, int segmentationChannels)
    {
        var parts = new List<SpadeFirstLayer>();
        ConvolutionParameters? joined = null;
        foreach (ParameterLoader norm in norms)
        {
            ConvolutionParameters own = SpadeFirstLayer.Read(norm, segmentationChannels, scale: 1);
            parts.Add(new SpadeFirstLayer(joined?.Geometry.OutputChannels ?? 0, own.Geometry.OutputChannels));
            joined = joined?.Append(own) ?? own;
        }

        Parts = parts;
        weights = norms[0].Convolution(joined!);
    }

    /// <summary>The layer of each norm.</summary>
    public IReadOnlyList<SpadeFirstLayer> Parts { get; }

    /// <summary>Computes all layers.</summary>
    /// <param name="workspace">The workspace that allocates the result.</param>
    /// <param name="features">[N, H, W, S].</param>
    public SegmentationMap Forward(Workspace workspace, Tensor features) =>
        new(features, workspace.Convolution(features, weights, new Epilogue { Activation = Activation.Relu }));
}
