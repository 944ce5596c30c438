using Moda.Kernels.Fused;

namespace Moda.Kernels.Ilgpu;

internal sealed partial class IlgpuDevice
{
    /// <inheritdoc/>
    void IFusedSpade.SpadeModulate(Tensor input, Tensor statistics, Tensor gammaBeta, Activation activation, Tensor output) =>
        kernels.Spade.Modulate(queue, input, statistics, gammaBeta, activation, output);

    /// <inheritdoc/>
    void IFusedSparseMotion.SparseMotionFeatures(Tensor feature, Tensor driving, Tensor source, Tensor output) =>
        kernels.Warping.SparseMotionFeatures(queue, feature, driving, source, output);

    /// <inheritdoc/>
    void IFusedSparseMotion.CombineMotions(Tensor logits, Tensor driving, Tensor source, Tensor deformation) =>
        kernels.Warping.CombineMotions(queue, logits, driving, source, deformation);
}
