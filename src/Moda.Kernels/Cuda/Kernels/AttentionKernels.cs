using Moda.Kernels.Cuda.Driver;

namespace Moda.Kernels.Cuda.Kernels;

/// <summary>The kernels of <c>attention.cu</c> and, where activations are float16, <c>attention_mma.cu</c>.</summary>
internal sealed class AttentionKernels(CudaModule module, CudaModule? tensorCores)
{
    /// <summary>The head size that has kernels of its own.</summary>
    public const int BlockedHeadChannels = 64;

    /// <summary>The largest head of any kernel.</summary>
    public const int MaximumHeadChannels = 256;

    private const int Threads = 256;
    private const int TensorCoreThreads = 128;
    private const int QueriesPerBlock = 64;
    private const int WarpsPerBlock = Threads / 32;

    private readonly CudaFunction heads64 = module.GetFunction("attention_64");
    private readonly CudaFunction? heads64TensorCores = tensorCores?.GetFunction("attention_64_mma");
    private readonly CudaFunction anyHeads = module.GetFunction("attention_any");

    /// <summary>The kernel for heads of 64 channels.</summary>
    /// <param name="isWide">Whether all tensors can be read in pieces of 16 bytes.</param>
    /// <param name="queries">Queries.</param>
    /// <param name="headCount">Heads.</param>
    /// <param name="batch">Batch elements.</param>
    /// <returns>The kernel, and a block for 64 queries of one head and batch element.</returns>
    public (CudaFunction Function, LaunchConfiguration Configuration) ForHeads64(bool isWide, int queries, int headCount, int batch)
    {
        var grid = new LaunchExtents((queries + QueriesPerBlock - 1) / QueriesPerBlock, headCount, batch);
        return isWide && heads64TensorCores is not null
            ? (heads64TensorCores, new(grid, new LaunchExtents(TensorCoreThreads)))
            : (heads64, new(grid, new LaunchExtents(Threads)));
    }

    /// <summary>A warp for each query of each head and batch element.</summary>
    public (CudaFunction Function, LaunchConfiguration Configuration) ForAnyHeads(int queries, int headCount, int batch)
    {
        long warps = (long)queries * headCount * batch;
        return (anyHeads, new(new LaunchExtents(checked((int)((warps + WarpsPerBlock - 1) / WarpsPerBlock))), new LaunchExtents(Threads)));
    }
}
