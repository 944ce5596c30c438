using Moda.Kernels.Cuda.Interop;

namespace Moda.Kernels.Cuda.Kernels;

/// <summary>The kernels of <c>normalization.cu</c>; each warp does one position or head.</summary>
internal sealed class NormalizationKernels(CudaModule module)
{
    private const int Threads = 256;
    private const int WarpsPerBlock = Threads / 32;

    public readonly CudaFunction LayerNorm = module.GetFunction("layer_norm");
    public readonly CudaFunction RmsNorm = module.GetFunction("rms_norm");
    public readonly CudaFunction RmsNormModulate = module.GetFunction("rms_norm_modulate");
    public readonly CudaFunction HeadNormRotate = module.GetFunction("head_norm_rotate");

    /// <summary>One warp for each of so many rows.</summary>
    public static LaunchConfiguration ForRows(long rows) =>
        new(new LaunchExtents(checked((int)((rows + WarpsPerBlock - 1) / WarpsPerBlock))), new LaunchExtents(Threads));
}
