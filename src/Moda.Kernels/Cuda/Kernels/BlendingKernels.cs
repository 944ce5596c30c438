using Moda.Kernels.Cuda.Driver;

namespace Moda.Kernels.Cuda.Kernels;

/// <summary>The kernels of <c>blending.cu</c>.</summary>
internal sealed class BlendingKernels(CudaModule module)
{
    public readonly CudaFunction WarpBlend = module.GetFunction("warp_blend");
}
