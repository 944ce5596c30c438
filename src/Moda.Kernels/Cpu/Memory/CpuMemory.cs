using System.Runtime.InteropServices;

namespace Moda.Kernels.Cpu.Memory;

/// <summary>A block of native memory, aligned to a cache line.</summary>
internal sealed unsafe class CpuMemory : DeviceMemory
{
    /// <summary>Alignment in bytes: a cache line, and the widest vector.</summary>
    public const int Alignment = 64;

    private readonly CpuMemoryUse? use;
    private void* pointer;

    /// <summary>Allocates a block.</summary>
    /// <param name="byteLength">Its size.</param>
    /// <param name="use">Counts the block while it is allocated; null to leave it uncounted.</param>
    public CpuMemory(long byteLength, CpuMemoryUse? use = null)
        : base(byteLength)
    {
        this.use = use;
        try
        {
            bool huge = HugePages.Suit(byteLength);
            pointer = NativeMemory.AlignedAlloc((nuint)byteLength, (nuint)(huge ? HugePages.Size : Alignment));
            if (huge)
            {
                HugePages.Advise(pointer, byteLength);
            }
        }
        catch (OutOfMemoryException exception)
        {
            throw new InsufficientMemoryException($"The CPU device could not allocate {byteLength} bytes.", exception);
        }

        use?.Add(byteLength);
    }

    /// <summary>The first byte.</summary>
    /// <exception cref="ObjectDisposedException">The block was freed.</exception>
    public float* Pointer
    {
        get
        {
            ObjectDisposedException.ThrowIf(pointer is null, this);
            return (float*)pointer;
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (pointer is null)
        {
            return;
        }

        NativeMemory.AlignedFree(pointer);
        pointer = null;
        use?.Add(-ByteLength);
    }
}
