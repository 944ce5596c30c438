using ILGPU.Runtime;
using Moda.Kernels.Ilgpu.Kernels;
using Moda.Kernels.Ilgpu.Products;

namespace Moda.Kernels.Ilgpu;

/// <summary>All kernels of an accelerator. Each is compiled at its first launch.</summary>
internal sealed class KernelSet(Accelerator accelerator)
{
    public TransferKernels Transfers { get; } = new(accelerator);

    public ElementwiseKernels Elementwise { get; } = new(accelerator);

    public NormalizationKernels Normalization { get; } = new(accelerator);

    public AttentionKernels Attention { get; } = new(accelerator);

    public ProductKernels Products { get; } = new(accelerator, accelerator.AcceleratorType == AcceleratorType.CPU);

    public StatisticsKernels Statistics { get; } = new(accelerator);

    public PoolingKernels Pooling { get; } = new(accelerator);

    public SpatialKernels Spatial { get; } = new(accelerator);

    public SpadeKernels Spade { get; } = new(accelerator);

    public WarpingKernels Warping { get; } = new(accelerator);
}
