namespace Moda.Kernels;

public abstract partial class Device
{
    /// <summary>
    /// Trilinear sampling with zeros outside and <c>align_corners = false</c>: a coordinate g in [-1, 1] reads at
    /// ((g + 1) extent - 1) / 2.
    /// </summary>
    /// <param name="input">[N, D, H, W, C].</param>
    /// <param name="grid">[N, D', H', W', 3]: x (width), y (height), z (depth). Float32 or the activation type.</param>
    /// <param name="output">[N, D', H', W', C].</param>
    protected internal abstract void GridSample(Tensor input, Tensor grid, Tensor output);

    /// <summary>
    /// What the dense motion network reads (LivePortrait's <c>dense_motion.py</c>): for each of K + 1 candidate motions a heatmap
    /// (Gaussian of variance 0.01 around the driving keypoint minus that around the source keypoint, 0 for the identity), then the C
    /// features sampled (as <see cref="GridSample"/>) at <c>grid - driving + source</c>; the grid runs -1..1 over voxel centres
    /// (and is -1 along an axis of one voxel).
    /// </summary>
    /// <param name="feature">[N, D, H, W, C].</param>
    /// <param name="driving">[N, K, 3] keypoints, x, y, z in the grid's units. Float32 or the activation type.</param>
    /// <param name="source">[N, K, 3], as driving.</param>
    /// <param name="output">[N, D, H, W, (K + 1)(C + 1)], candidate by candidate, the identity first.</param>
    protected internal abstract void SparseMotionFeatures(Tensor feature, Tensor driving, Tensor source, Tensor output);

    /// <summary>Softmax over the candidates, then the sum of the candidates' sampling positions with these weights.</summary>
    /// <param name="logits">[N, D, H, W, K + 1].</param>
    /// <param name="driving">[N, K, 3]. Float32 or the activation type.</param>
    /// <param name="source">[N, K, 3], as driving.</param>
    /// <param name="deformation">[N, D, H, W, 3], for <see cref="GridSample"/>. Stored as float32 or the activation type.</param>
    protected internal abstract void CombineMotions(Tensor logits, Tensor driving, Tensor source, Tensor deformation);

    /// <summary>
    /// Warps images into another one and blends them with it, in the arithmetic of bytes: every value stands for its level, that is
    /// 255 times it, truncated. Positions are rounded to 1/32 pixel as OpenCV's <c>warpAffine</c> does, samples to levels, and
    /// <c>(mask image + (255 - mask) background) / 255</c> is truncated. Outside the images the background stays.
    /// </summary>
    /// <param name="images">[N, S, T, 3] in [0, 1].</param>
    /// <param name="mask">[S, T, 1] in [0, 1]: the images' weight, warped with them.</param>
    /// <param name="background">[H, W, 3] in [0, 1].</param>
    /// <param name="toImage">From pixels of the background to those of the images.</param>
    /// <param name="firstRow">The y of the background's first row: it may be a part of a larger one.</param>
    /// <param name="output">[N, H, W, 3]: the middle of each level, <c>(level + 0.5) / 255</c>, which <see cref="ReadBytes"/> reads as that level.</param>
    protected internal abstract void WarpBlend(
        Tensor images, Tensor mask, Tensor background, AffineTransform toImage, int firstRow, Tensor output);
}
