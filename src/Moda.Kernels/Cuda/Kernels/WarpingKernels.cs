using Moda.Kernels.Cuda.Driver;
using Moda.Kernels.Cuda.Execution;

namespace Moda.Kernels.Cuda.Kernels;

/// <summary>The kernels of <c>warping.cu</c>.</summary>
internal sealed class WarpingKernels(CudaModule module)
{
    public readonly WideKernel GridSample = new(module, "grid_sample");
    public readonly WideKernel SparseMotionFeatures = new(module, "sparse_motion_features", "sparse_motion_features_by_four", wideLanes: 4);
    public readonly CudaFunction CombineMotions = module.GetFunction("combine_motions");
}
