using Moda.Kernels.Cuda.Errors;

namespace Moda.Kernels.Cuda.Driver;

/// <summary>A block of device memory.</summary>
internal sealed unsafe class CudaMemory : ContextHandle
{
    private CudaMemory(nint address, CudaContext context, long byteLength)
        : base(address, context)
    {
        ByteLength = byteLength;
    }

    /// <summary>The address on the device; aligned to 256 bytes at least.</summary>
    public ulong Address => (ulong)Value;

    /// <summary>Its size.</summary>
    public long ByteLength { get; }

    protected override delegate* unmanaged<nint, int> Releaser => (delegate* unmanaged<nint, int>)Driver.MemoryFree;

    /// <summary>Allocates a block. Its content is undefined.</summary>
    /// <exception cref="CudaException">The device has too little memory left (<see cref="CudaException.IsOutOfMemory"/>).</exception>
    public static CudaMemory Allocate(CudaContext context, long byteLength)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(byteLength);
        using ContextScope scope = context.Enter();
        ulong address;
        int status = context.Driver.MemoryAllocate(&address, (nuint)byteLength);
        return status == 0
            ? new CudaMemory((nint)address, context, byteLength)
            : throw context.Failure(status, "cuMemAlloc_v2", $"{byteLength:N0} bytes were asked for.");
    }
}
