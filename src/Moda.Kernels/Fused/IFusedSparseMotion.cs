namespace Moda.Kernels.Fused;

/// <summary>
/// A device that computes the sparse and the dense motion of keypoints (Siarohin et al. 2019, LivePortrait's <c>dense_motion.py</c>)
/// without storing the candidate grids. Elsewhere both are composed of plain ops.
/// </summary>
public interface IFusedSparseMotion
{
    /// <summary>
    /// The input of the dense motion network: <c>create_heatmap_representations</c> and <c>create_deformed_feature</c>. For each of
    /// K + 1 candidate motions there is a heatmap (a Gaussian of variance 0.01 around the driving keypoint minus that around the
    /// source keypoint; 0 for the identity), then the C features sampled as <see cref="Device.GridSample"/> does at
    /// <c>grid - driving + source</c>. The grid runs from -1 to 1 over voxel centres, and is -1 along an axis of one voxel.
    /// </summary>
    /// <param name="feature">[N, D, H, W, C].</param>
    /// <param name="driving">[N, K, 3] keypoints, x, y, z in the grid's units. Float32 or the activation type.</param>
    /// <param name="source">[N, K, 3], as driving.</param>
    /// <param name="output">[N, D, H, W, (K + 1)(C + 1)], candidate by candidate, the identity first.</param>
    void SparseMotionFeatures(Tensor feature, Tensor driving, Tensor source, Tensor output);

    /// <summary>
    /// The dense motion: a softmax over the candidates, then the sum of the candidates' sampling positions with these weights
    /// (<c>(sparse_motion * mask).sum(dim=1)</c>).
    /// </summary>
    /// <param name="logits">[N, D, H, W, K + 1].</param>
    /// <param name="driving">[N, K, 3]. Float32 or the activation type.</param>
    /// <param name="source">[N, K, 3], as driving.</param>
    /// <param name="deformation">[N, D, H, W, 3], for <see cref="Device.GridSample"/>. Stored as float32 or the activation type.</param>
    void CombineMotions(Tensor logits, Tensor driving, Tensor source, Tensor deformation);
}
