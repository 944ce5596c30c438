using Moda.Kernels.Cuda.Driver;
using Moda.Kernels.Cuda.Execution;

namespace Moda.Kernels.Cuda.Kernels;

/// <summary>The kernels of <c>spatial.cu</c>.</summary>
internal sealed class SpatialKernels(CudaModule module)
{
    /// <summary>Channels of a block of the kernels that reduce over positions.</summary>
    public const int ReductionChannels = 32;

    private const int ReductionRows = 8;

    /// <summary>Rows of threads of <see cref="ChannelNorms"/>: one block goes over all positions of its channels.</summary>
    private const int NormRows = 32;

    public readonly CudaFunction ChannelNorms = module.GetFunction("channel_norms");
    public readonly WideKernel GlobalResponseNorm = new(module, "global_response_norm");
    public readonly WideKernel AveragePool = new(module, "average_pool");
    public readonly CudaFunction GlobalAveragePool = module.GetFunction("global_average_pool");
    public readonly CudaFunction MaxPool = module.GetFunction("max_pool");
    public readonly CudaFunction ResizeNearest = module.GetFunction("resize_nearest");
    public readonly CudaFunction ResizeBilinear = module.GetFunction("resize_bilinear");
    public readonly WideKernel SumTaps = new(module, "sum_taps", "sum_taps_by_two", wideLanes: 2);
    public readonly CudaFunction PixelShuffle = module.GetFunction("pixel_shuffle");
    public readonly CudaFunction ChannelsToDepth = module.GetFunction("channels_to_depth");

    /// <summary>A block for each 32 channels of each range or batch element.</summary>
    public static LaunchConfiguration ForReduction(int channels, int second, int third = 1) => new(
        new LaunchExtents((channels + ReductionChannels - 1) / ReductionChannels, second, third),
        new LaunchExtents(ReductionChannels, ReductionRows));

    /// <summary>The configuration of <see cref="ChannelNorms"/>.</summary>
    public static LaunchConfiguration ForNorms(int channels, int batch) =>
        ForReduction(channels, batch) with { Block = new LaunchExtents(ReductionChannels, NormRows) };
}
