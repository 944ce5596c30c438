using ILGPU;
using ILGPU.Runtime;

namespace Moda.Kernels.Ilgpu.Memory;

/// <summary>
/// Memory for the duration of one op: values on their way between host and device, partial sums. Ops of a queue run one after another,
/// so they all share one block, which grows at the first calls.
/// </summary>
internal sealed class IlgpuScratch : IDisposable
{
    private const long Granularity = 1 << 20;

    private readonly AcceleratorStream stream;
    private readonly Func<long, IlgpuBlock> allocate;
    private IlgpuBlock? block;

    /// <summary>Creates scratch memory of no size.</summary>
    /// <param name="stream">The queue's stream.</param>
    /// <param name="allocate">Allocates a block of so many bytes.</param>
    public IlgpuScratch(AcceleratorStream stream, Func<long, IlgpuBlock> allocate)
    {
        this.stream = stream;
        this.allocate = allocate;
    }

    /// <summary>Room for so many values, for the next op.</summary>
    /// <exception cref="InsufficientMemoryException">The device has too little memory left.</exception>
    public ArrayView<float> Rent(long count)
    {
        long byteLength = count * sizeof(float);
        if (block is null || byteLength > block.ByteLength)
        {
            // Kernels that are queued may still use the old block.
            stream.Synchronize();
            block?.Dispose();
            block = null;
            block = allocate((byteLength + Granularity - 1) / Granularity * Granularity);
        }

        return block.Values.SubView(0, count);
    }

    /// <inheritdoc/>
    public void Dispose() => block?.Dispose();
}
