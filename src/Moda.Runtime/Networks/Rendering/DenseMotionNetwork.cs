using Moda.Kernels;
using Moda.Kernels.Forwards;
using Moda.Kernels.Fused;

namespace Moda.Runtime.Networks.Rendering;

/// <summary>
/// The dense motion network (<c>dense_motion.py</c>): it computes a sampling position for every voxel, and an occlusion map, from source
/// and driving keypoints.
/// </summary>
internal sealed class DenseMotionNetwork
{
    private readonly ConvolutionWeights compress;
    private readonly Hourglass hourglass;
    private readonly UnrolledConvolution mask;
    private readonly UnrolledConvolution occlusion;

    /// <summary>Loads the network at its place in the checkpoint.</summary>
    public DenseMotionNetwork(ParameterLoader parameters)
    {
        compress = parameters.Convolution("compress", batchNorm: "norm");
        int candidates = parameters.ShapeOf("mask.weight")[0];

        // The input has a heatmap and the compressed features for each candidate motion.
        hourglass = new Hourglass(parameters["hourglass"], candidates * (1 + compress.Geometry.OutputChannels));
        mask = new UnrolledConvolution(
            parameters, parameters.ReadConvolution("mask", inputs: hourglass.OutputChannels), unrollHeight: false);
        occlusion = new UnrolledConvolution(
            parameters, parameters.ReadDepthConvolution("occlusion", hourglass.OutputChannels), unrollHeight: true);
    }

    /// <summary>Channels of the feature volume.</summary>
    public int FeatureChannels => compress.Geometry.InputChannels;

    /// <summary>Channels C' of <see cref="Compress"/>.</summary>
    public int CompressedChannels => compress.Geometry.OutputChannels;

    /// <summary>
    /// Compresses the feature volume [N, D, H, W, C] to [N, D, H, W, C']. The result does not depend on keypoints, so it is computed once
    /// for each portrait.
    /// </summary>
    public Tensor Compress(Workspace workspace, Tensor volume) =>
        workspace.Convolution(volume, compress, new Epilogue { Activation = Activation.Relu });

    /// <summary>Computes the motion.</summary>
    /// <param name="workspace">The workspace of the forward pass.</param>
    /// <param name="compressed">[N, D, H, W, C'] of <see cref="Compress"/>.</param>
    /// <param name="driving">[N, K, 3].</param>
    /// <param name="source">[N, K, 3].</param>
    public DenseMotion Forward(Workspace workspace, Tensor compressed, Tensor driving, Tensor source)
    {
        Shape volume = compressed.Shape;
        Tensor join = hourglass.AllocateJoin(workspace, volume);
        workspace.SparseMotionFeatures(compressed, driving, source, hourglass.InputPart(join));
        Tensor features = hourglass.Forward(workspace, join);
        Tensor logits = mask.Forward(workspace, features);
        return new DenseMotion(
            Deformation: workspace.CombineMotions(logits, driving, source),
            Occlusion: occlusion
                .Forward(workspace, features, Activation.Sigmoid)
                .Reshape(volume[0], volume[2], volume[3], 1));
    }
}

/// <summary>The motion of the source's voxels.</summary>
/// <param name="Deformation">[N, D, H, W, 3]: for each voxel, where to sample the source volume (x, y, z in [-1, 1]).</param>
/// <param name="Occlusion">[N, H, W, 1] in [0, 1]: the share of each position that the source shows.</param>
internal readonly record struct DenseMotion(Tensor Deformation, Tensor Occlusion);
