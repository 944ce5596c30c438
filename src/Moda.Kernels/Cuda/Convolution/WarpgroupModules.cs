using Moda.Kernels.Cuda.Driver;

namespace Moda.Kernels.Cuda.Convolution;

/// <summary>The modules with kernels of <c>convolution_wgmma.cuh</c>.</summary>
/// <param name="OfColumns">Gives <c>convolution_wgmma_N.cu</c>, whose tiles have N output channels.</param>
/// <param name="Modulating"><c>convolution_modulate.cu</c>.</param>
internal sealed record WarpgroupModules(Func<int, CudaModule> OfColumns, CudaModule Modulating);
