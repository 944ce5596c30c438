using Moda.Kernels.Cuda.Errors;

namespace Moda.Kernels.Cuda.Driver;

/// <summary>A block of host memory that the device reads and writes directly, so that copies run beside other work.</summary>
internal sealed unsafe class PinnedMemory : ContextHandle
{
    private PinnedMemory(nint address, CudaContext context, int byteLength)
        : base(address, context)
    {
        ByteLength = byteLength;
    }

    /// <summary>Its size.</summary>
    public int ByteLength { get; }

    /// <summary>Its bytes. Not to be used after the block was disposed.</summary>
    public Span<byte> Bytes => new((void*)Value, ByteLength);

    protected override delegate* unmanaged<nint, int> Releaser => (delegate* unmanaged<nint, int>)Driver.MemoryFreeHost;

    /// <summary>Allocates a block. Its content is undefined.</summary>
    /// <exception cref="CudaException">The host can't pin that much memory.</exception>
    public static PinnedMemory Allocate(CudaContext context, int byteLength, PinnedMemoryFlags flags = PinnedMemoryFlags.None)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(byteLength);
        using ContextScope scope = context.Enter();
        void* address;
        int status = context.Driver.MemoryHostAllocate(&address, (nuint)byteLength, flags);
        return status == 0
            ? new PinnedMemory((nint)address, context, byteLength)
            : throw context.Failure(status, "cuMemHostAlloc", $"{byteLength:N0} pinned bytes were asked for.");
    }
}
