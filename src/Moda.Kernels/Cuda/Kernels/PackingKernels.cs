using Moda.Kernels.Cuda.Interop;

namespace Moda.Kernels.Cuda.Kernels;

/// <summary>The kernels of <c>packing.cu</c>.</summary>
internal sealed class PackingKernels(CudaModule module)
{
    public readonly CudaFunction PackWeights = module.GetFunction("pack_weights");
    public readonly CudaFunction PackSingleWeights = module.GetFunction("pack_single_weights");
}
