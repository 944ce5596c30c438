namespace Moda.Kernels.Cpu.Memory;

/// <summary>
/// Memory that ops need for themselves while they run. Blocks are kept and reused, so an op that was called before with the same shapes
/// allocates nothing. Safe to call on several threads: each call gets a block of its own.
/// </summary>
internal sealed class CpuScratch : IDisposable
{
    private readonly Lock blocksLock = new();
    private readonly Stack<CpuMemory> blocks = new();

    /// <summary>Borrows a block for a number of elements. Its content is undefined.</summary>
    public Lease Rent(long elementCount)
    {
        CpuMemory? block = null;
        lock (blocksLock)
        {
            blocks.TryPop(out block);
        }

        long byteLength = elementCount * sizeof(float);
        if (block is null || block.ByteLength < byteLength)
        {
            block?.Dispose();
            block = new CpuMemory(byteLength);
        }

        return new Lease(this, block);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (blocksLock)
        {
            while (blocks.TryPop(out CpuMemory? block))
            {
                block.Dispose();
            }
        }
    }

    /// <summary>A borrowed block; disposing it gives it back.</summary>
    public readonly unsafe ref struct Lease(CpuScratch owner, CpuMemory block)
    {
        /// <summary>The first element.</summary>
        public float* Pointer => block.Pointer;

        /// <summary>Gives the block back.</summary>
        public void Dispose()
        {
            lock (owner.blocksLock)
            {
                owner.blocks.Push(block);
            }
        }
    }
}
