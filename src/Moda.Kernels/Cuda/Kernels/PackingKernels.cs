using Moda.Kernels.Cuda.Driver;

namespace Moda.Kernels.Cuda.Kernels;

/// <summary>The kernels of <c>packing.cu</c>.</summary>
internal sealed class PackingKernels(CudaModule module, bool half)
{
    public readonly CudaFunction PackSingleWeights = module.GetFunction("pack_single_weights");
    public readonly CudaFunction? PackTiles = half ? module.GetFunction("pack_tiles") : null;
    public readonly CudaFunction? PackRows = half ? module.GetFunction("pack_rows") : null;
}
