using Moda.Kernels.Cuda.Interop;

namespace Moda.Kernels.Cuda.Kernels;

/// <summary>The kernels of <c>warping.cu</c>.</summary>
internal sealed class WarpingKernels(CudaModule module)
{
    public readonly WideKernel GridSample = new(module, "grid_sample");
    public readonly CudaFunction SparseMotionFeatures = module.GetFunction("sparse_motion_features");
    public readonly CudaFunction SparseMotionFeaturesByFour = module.GetFunction("sparse_motion_features_by_four");
    public readonly CudaFunction CombineMotions = module.GetFunction("combine_motions");
}
