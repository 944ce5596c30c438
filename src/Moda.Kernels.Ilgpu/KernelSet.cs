using ILGPU.Runtime;
using Moda.Kernels.Ilgpu.Kernels;
using Moda.Kernels.Ilgpu.Products;

namespace Moda.Kernels.Ilgpu;

/// <summary>All kernels of an accelerator. Each is compiled at its first launch.</summary>
/// <param name="accelerator">What they are compiled for.</param>
/// <param name="usesTiles">Whether kernels may have barriers, which ILGPU's simulator is slow at.</param>
/// <param name="multiprocessors">What tiles are spread over.</param>
internal sealed class KernelSet(Accelerator accelerator, bool usesTiles, int multiprocessors)
{
    public TransferKernels Transfers { get; } = new(accelerator);

    public ElementwiseKernels Elementwise { get; } = new(accelerator);

    public NormalizationKernels Normalization { get; } = new(accelerator);

    public AttentionKernels Attention { get; } = new(accelerator, usesTiles);

    public ProductKernels Products { get; } = new(accelerator, usesTiles, multiprocessors);

    public StatisticsKernels Statistics { get; } = new(accelerator);

    public PoolingKernels Pooling { get; } = new(accelerator);

    public SpatialKernels Spatial { get; } = new(accelerator);

    public SpadeKernels Spade { get; } = new(accelerator);

    public WarpingKernels Warping { get; } = new(accelerator);
}
