using Moda.Kernels.Cuda.Driver;

namespace Moda.Kernels.Cuda.Convolution;

/// <summary>The modules with kernels for convolutions.</summary>
/// <param name="Simt"><c>convolution_simt.cu</c>.</param>
/// <param name="Packing"><c>packing.cu</c>.</param>
internal sealed record ConvolutionModules(CudaModule Simt, CudaModule Packing)
{
    /// <summary>Those for tensor cores; null where activations are float32.</summary>
    public TensorCoreModules? TensorCores { get; init; }

    /// <summary>Those of compute capability 9.0; null elsewhere and where activations are float32.</summary>
    public WarpgroupModules? Warpgroups { get; init; }
}

/// <summary>The modules with kernels for float16 on tensor cores.</summary>
/// <param name="Mma"><c>convolution_mma.cu</c>.</param>
/// <param name="Passes"><c>convolution_passes.cu</c>.</param>
/// <param name="Stages">Steps of a sum that <c>convolution_mma.cu</c> was compiled to hold in shared memory.</param>
internal sealed record TensorCoreModules(CudaModule Mma, CudaModule Passes, int Stages);

/// <summary>The modules with kernels of <c>convolution_wgmma.cuh</c>.</summary>
/// <param name="OfColumns">Gives <c>convolution_wgmma_N.cu</c>, whose tiles have N output channels.</param>
/// <param name="Modulating"><c>convolution_modulate.cu</c>.</param>
internal sealed record WarpgroupModules(Func<int, CudaModule> OfColumns, CudaModule Modulating);
