namespace Moda.Kernels.Cuda;

public sealed partial class CudaDevice
{
    /// <inheritdoc/>
    protected internal override void GridSample(Tensor input, Tensor grid, Tensor output) =>
        kernels.Warping.GridSample(queue, input, grid, output);

    /// <inheritdoc/>
    protected internal override void SparseMotionFeatures(Tensor feature, Tensor driving, Tensor source, Tensor output) =>
        kernels.Warping.SparseMotionFeatures(queue, feature, driving, source, output);

    /// <inheritdoc/>
    protected internal override void CombineMotions(Tensor logits, Tensor driving, Tensor source, Tensor deformation) =>
        kernels.Warping.CombineMotions(queue, logits, driving, source, deformation);

    /// <inheritdoc/>
    protected internal override void WarpBlend(
        Tensor images, Tensor mask, Tensor background, AffineTransform toImage, int firstRow, Tensor output) =>
        kernels.Blending.WarpBlend(queue, images, mask, background, toImage, firstRow, output);
}
