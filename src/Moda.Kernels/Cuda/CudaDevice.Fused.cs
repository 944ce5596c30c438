using Moda.Kernels.Fused;
using Moda.Kernels.Parameters;

namespace Moda.Kernels.Cuda;

internal sealed partial class CudaDevice
{
    /// <inheritdoc/>
    void IFusedSpade.SpadeModulate(Tensor input, Tensor statistics, Tensor gammaBeta, Activation activation, Tensor output) =>
        kernels.Spade.Modulate(queue, input, statistics, gammaBeta, activation, output);

    /// <inheritdoc/>
    ConvolutionWeights? IFusedSpadeConvolution.PrepareSpadeConvolution(
        ParameterStore store, ParameterValues weight, ReadOnlySpan<float> bias, ConvolutionGeometry geometry) =>
        kernels.Convolution.PrepareSpadeConvolution(queue, store, weight, bias, geometry);

    /// <inheritdoc/>
    void IFusedSpadeConvolution.SpadeConvolution(
        Tensor hidden, ConvolutionWeights weights, Tensor input, Tensor statistics, Activation activation, Tensor output, BatchPlan batch) =>
        kernels.Convolution.SpadeConvolution(queue, hidden, weights, input, statistics, activation, output, batch);

    /// <inheritdoc/>
    void IFusedSparseMotion.SparseMotionFeatures(Tensor feature, Tensor driving, Tensor source, Tensor output) =>
        kernels.Warping.SparseMotionFeatures(queue, feature, driving, source, output);

    /// <inheritdoc/>
    void IFusedSparseMotion.CombineMotions(Tensor logits, Tensor driving, Tensor source, Tensor deformation) =>
        kernels.Warping.CombineMotions(queue, logits, driving, source, deformation);

    /// <inheritdoc/>
    void IFusedPasteBack.WarpBlend(
        Tensor images, Tensor mask, Tensor background, AffineTransform toImage, int firstRow, Tensor output) =>
        kernels.Blending.WarpBlend(queue, images, mask, background, toImage, firstRow, output);
}
