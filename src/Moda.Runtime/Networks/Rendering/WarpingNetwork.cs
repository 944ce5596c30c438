using Moda.Kernels;
using Moda.Kernels.Forwards;

namespace Moda.Runtime.Networks.Rendering;

/// <summary>
/// The warping field estimator W of LivePortrait (<c>warping_network.py</c>): it warps the source's feature volume so that it follows the
/// keypoints.
/// </summary>
internal sealed class WarpingNetwork
{
    /// <summary>PyTorch's default slope, which <c>SameBlock2d</c> uses.</summary>
    private const float LeakySlope = 0.01f;

    private readonly DenseMotionNetwork denseMotionNetwork;
    private readonly ConvolutionWeights third;
    private readonly ConvolutionWeights fourth;

    /// <summary>Loads the module <c>warping_module</c>.</summary>
    public WarpingNetwork(ParameterLoader parameters)
    {
        denseMotionNetwork = new DenseMotionNetwork(parameters["dense_motion_network"]);
        third = parameters.Convolution(
            parameters["third"].ReadDepthConvolution("conv", denseMotionNetwork.FeatureChannels, batchNorm: "norm"));
        fourth = parameters.Convolution("fourth", inputs: third.Geometry.OutputChannels);
    }

    /// <summary>The shape [N, H, W, C] of the features of a volume [N, D, H, W, C].</summary>
    public Shape FeatureShape(Shape volume) => new(volume[0], volume[2], volume[3], fourth.Geometry.OutputChannels);

    /// <summary>
    /// Compresses a feature volume [N, D, H, W, C] to [N, D, H, W, C'] for the dense motion network. The result does not depend on
    /// keypoints.
    /// </summary>
    public Tensor Compress(Workspace workspace, Tensor volume) => denseMotionNetwork.Compress(workspace, volume);

    /// <summary>The shape of <see cref="Compress"/> for a feature volume.</summary>
    public Shape CompressedShape(Shape volume) => volume.WithChannels(denseMotionNetwork.CompressedChannels);

    /// <summary>Computes the values that depend only on the source.</summary>
    /// <param name="workspace">The workspace that allocates the result.</param>
    /// <param name="volume">The feature volume [N, D, H, W, C].</param>
    /// <param name="keypoints">The source's keypoints [N, K, 3].</param>
    public WarpingSource PrepareSource(Workspace workspace, Tensor volume, Tensor keypoints) =>
        new(volume, Compress(workspace, volume), keypoints);

    /// <summary>Warps the source.</summary>
    /// <param name="workspace">The workspace of the forward pass.</param>
    /// <param name="source">The source.</param>
    /// <param name="driving">Driving keypoints [N, K, 3].</param>
    /// <param name="output">Receives the features; allocated when null.</param>
    public WarpingResult Forward(Workspace workspace, WarpingSource source, Tensor driving, Tensor? output = null)
    {
        DenseMotion motion = denseMotionNetwork.Forward(workspace, source.Compressed, driving, source.Keypoints);
        Tensor warped = workspace.GridSample(source.Volume, motion.Deformation);
        Tensor maps = workspace.Convolution(warped, third, new Epilogue { Activation = Activation.LeakyRelu(LeakySlope) });
        maps = maps.Reshape(maps.Shape[0], maps.Shape[2], maps.Shape[3], maps.Channels);
        Tensor features = workspace.Convolution(maps, fourth, new Epilogue { Gate = motion.Occlusion }, output);
        return new WarpingResult(features, motion);
    }
}

/// <summary>The source of a warping.</summary>
/// <param name="Volume">The feature volume [N, D, H, W, C].</param>
/// <param name="Compressed">[N, D, H, W, C']: the input of the dense motion network.</param>
/// <param name="Keypoints">The source's keypoints [N, K, 3].</param>
internal readonly record struct WarpingSource(Tensor Volume, Tensor Compressed, Tensor Keypoints);

/// <summary>A warped source.</summary>
/// <param name="Features">[N, H, W, C]: the input of the generator.</param>
/// <param name="Motion">The motion from which the features were computed.</param>
internal readonly record struct WarpingResult(Tensor Features, DenseMotion Motion);
