using Moda.Kernels.Cuda.Driver;
using Moda.Kernels.Cuda.Errors;

namespace Moda.Kernels.Cuda.Memory;

/// <summary>A block of a GPU's memory, counted in the device's budget until it is disposed.</summary>
internal sealed class CudaBlock : DeviceMemory
{
    private const int PartAlignment = 256;

    private readonly CudaMemory memory;
    private readonly DeviceMemoryBudget budget;
    private bool disposed;

    private CudaBlock(CudaMemory memory, DeviceMemoryBudget budget)
        : base(memory.ByteLength)
    {
        this.memory = memory;
        this.budget = budget;
    }

    /// <summary>The address on the device; aligned to 256 bytes at least.</summary>
    /// <exception cref="ObjectDisposedException">The block was disposed.</exception>
    public ulong Address => memory.Address;

    /// <summary>Rounds a length up so that what follows it in a block is aligned as the block is.</summary>
    public static long AlignLength(long byteLength) => (byteLength + PartAlignment - 1) / PartAlignment * PartAlignment;

    /// <summary>Allocates a block. Its content is undefined.</summary>
    /// <exception cref="InsufficientMemoryException">The budget or the device has too little left.</exception>
    public static CudaBlock Allocate(CudaContext context, DeviceMemoryBudget budget, long byteLength)
    {
        budget.Reserve(byteLength);
        try
        {
            return new CudaBlock(CudaMemory.Allocate(context, byteLength), budget);
        }
        catch (CudaException failure) when (failure.IsOutOfMemory)
        {
            budget.Release(byteLength);
            (long free, long total) = context.GetMemory();
            throw new InsufficientMemoryException(
                $"{context.Device.Label} has {ByteSize.Format(free)} of its {ByteSize.Format(total)} left, but {ByteSize.Format(byteLength)} more are needed. "
                + "Smaller batches or float16 need less.",
                failure);
        }
        catch
        {
            budget.Release(byteLength);
            throw;
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (!disposed)
        {
            disposed = true;
            memory.Dispose();
            budget.Release(ByteLength);
        }
    }
}
