using Moda.Kernels.Cuda.Driver;

namespace Moda.Kernels.Cuda.Memory;

/// <summary>
/// Memory for the duration of one op: partial sums, float32 products, the workspace of cuBLASLt. Ops of a queue run one after another, so
/// they all share one block. It grows while forwards run for the first time. Recorded forwards keep the block they were recorded with.
/// </summary>
internal sealed class CudaScratch : IDisposable
{
    private const long Granularity = 2 << 20;

    private readonly CudaContext context;
    private readonly CudaStream stream;
    private readonly DeviceMemoryBudget budget;
    private readonly List<CudaBlock> retired = [];
    private CudaBlock? block;
    private int recordings;

    /// <summary>Creates scratch memory of no size.</summary>
    public CudaScratch(CudaContext context, CudaStream stream, DeviceMemoryBudget budget)
    {
        this.context = context;
        this.stream = stream;
        this.budget = budget;
    }

    /// <summary>The address of at least so many bytes, for the next op. The context must be entered.</summary>
    /// <exception cref="InsufficientMemoryException">The device has too little memory left.</exception>
    /// <exception cref="InvalidOperationException">The op needs more than when its forward ran for the first time.</exception>
    public ulong Rent(long byteLength)
    {
        if (byteLength > (block?.ByteLength ?? 0))
        {
            Grow(byteLength);
        }

        return block?.Address ?? 0;
    }

    /// <summary>Keeps the block for a recorded forward, until <see cref="EndRecording"/>.</summary>
    public void BeginRecording() => recordings++;

    /// <summary>Says that a recorded forward was disposed.</summary>
    public void EndRecording()
    {
        recordings--;
        if (recordings == 0)
        {
            DisposeRetired();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        DisposeRetired();
        block?.Dispose();
        block = null;
    }

    private void Grow(long byteLength)
    {
        if (stream.IsCapturing)
        {
            throw new InvalidOperationException(
                $"An op needs {byteLength} bytes of scratch memory while it is recorded; its forward must have been run once before.");
        }

        // Kernels that are queued may still use the old block.
        stream.Synchronize();
        CudaBlock? old = block;
        block = null;
        if (old is not null && recordings > 0)
        {
            retired.Add(old);
        }
        else
        {
            old?.Dispose();
        }

        block = CudaBlock.Allocate(context, budget, (byteLength + Granularity - 1) / Granularity * Granularity);
    }

    private void DisposeRetired()
    {
        foreach (CudaBlock old in retired)
        {
            old.Dispose();
        }

        retired.Clear();
    }
}
