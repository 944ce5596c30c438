using Moda.Kernels.Cuda.Abi;
using Moda.Kernels.Cuda.CublasLt;
using Moda.Kernels.Cuda.Driver;

namespace Moda.Kernels.Cuda.Kernels;

/// <summary>The kernels of <c>normalization.cu</c>; each warp does one position or head.</summary>
internal sealed class NormalizationKernels(CudaModule module, bool half)
{
    /// <summary>The most parts of <see cref="RmsNormModulateWide"/>.</summary>
    public const int MaximumModulatedParts = 4;

    /// <summary>The most parts of <see cref="HeadNormRotate64"/>.</summary>
    public const int MaximumHeadsParts = 8;

    private const int Threads = 256;
    private const int WarpsPerBlock = Threads / 32;

    // Small blocks, since there are few rows for each multiprocessor.
    private const int WideThreads = 128;
    private const int LanesPerHead = 8;

    public readonly CudaFunction LayerNorm = module.GetFunction("layer_norm");
    public readonly CudaFunction RmsNorm = module.GetFunction("rms_norm");
    public readonly CudaFunction RmsNormModulate = module.GetFunction("rms_norm_modulate");
    public readonly CudaFunction HeadNormRotate = module.GetFunction("head_norm_rotate");

    public readonly CudaFunction LayerNormWide = module.GetFunction("layer_norm_wide");
    public readonly CudaFunction RmsNormModulateWide = module.GetFunction("rms_norm_modulate_wide");
    public readonly CudaFunction? HeadNormRotate64 = half ? module.GetFunction("head_norm_rotate_64") : null;

    /// <summary>The most channels of a position that the wide kernels hold: four pieces of 16 bytes in each lane.</summary>
    public static int MaximumHeldChannels(ElementType type) => 4 * 32 * 16 / type.SizeInBytes();

    /// <summary>One warp for each of so many rows, for the wide kernels.</summary>
    public static LaunchConfiguration ForWideRows(long rows) => ForThreads(rows * 32);

    /// <summary>Eight lanes for each of so many heads.</summary>
    public static LaunchConfiguration ForHeads64(long heads) => ForThreads(heads * LanesPerHead);

    /// <summary>One warp for each of so many rows.</summary>
    public static LaunchConfiguration ForRows(long rows) =>
        new(new LaunchExtents(checked((int)((rows + WarpsPerBlock - 1) / WarpsPerBlock))), new LaunchExtents(Threads));

    private static LaunchConfiguration ForThreads(long threads) =>
        new(new LaunchExtents(checked((int)((threads + WideThreads - 1) / WideThreads))), new LaunchExtents(WideThreads));
}
