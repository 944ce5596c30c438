using Moda.Kernels.Cuda.Interop;

namespace Moda.Kernels.Cuda.Kernels;

/// <summary>The kernels of <c>attention.cu</c>.</summary>
internal sealed class AttentionKernels(CudaModule module)
{
    /// <summary>The head size that <see cref="Heads64"/> is for.</summary>
    public const int BlockedHeadChannels = 64;

    /// <summary>The largest head of <see cref="AnyHeads"/>.</summary>
    public const int MaximumHeadChannels = 256;

    private const int Threads = 256;
    private const int QueriesPerBlock = 64;
    private const int WarpsPerBlock = Threads / 32;

    public readonly CudaFunction Heads64 = module.GetFunction("attention_64");
    public readonly CudaFunction AnyHeads = module.GetFunction("attention_any");

    /// <summary>A block for 64 queries of one head and batch element.</summary>
    public static LaunchConfiguration ForHeads64(int queries, int headCount, int batch) =>
        new(new LaunchExtents((queries + QueriesPerBlock - 1) / QueriesPerBlock, headCount, batch), new LaunchExtents(Threads));

    /// <summary>A warp for each query of each head and batch element.</summary>
    public static LaunchConfiguration ForAnyHeads(int queries, int headCount, int batch)
    {
        long warps = (long)queries * headCount * batch;
        return new(new LaunchExtents(checked((int)((warps + WarpsPerBlock - 1) / WarpsPerBlock))), new LaunchExtents(Threads));
    }
}
