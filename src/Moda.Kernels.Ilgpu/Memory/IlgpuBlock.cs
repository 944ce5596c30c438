using ILGPU;
using ILGPU.Runtime;

namespace Moda.Kernels.Ilgpu.Memory;

/// <summary>A block of an accelerator's memory, counted in the device's budget until it is disposed.</summary>
internal sealed class IlgpuBlock : DeviceMemory
{
    private readonly MemoryBuffer1D<float, Stride1D.Dense> buffer;
    private readonly DeviceMemoryBudget budget;
    private bool disposed;

    private IlgpuBlock(MemoryBuffer1D<float, Stride1D.Dense> buffer, DeviceMemoryBudget budget, long byteLength)
        : base(byteLength)
    {
        this.buffer = buffer;
        this.budget = budget;
    }

    /// <summary>The block's values.</summary>
    /// <exception cref="ObjectDisposedException">The block was disposed.</exception>
    public ArrayView<float> Values
    {
        get
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            return buffer.View.BaseView;
        }
    }

    /// <summary>Allocates a block. Its content is undefined.</summary>
    /// <param name="accelerator">Whose memory it is.</param>
    /// <param name="device">The device's name, for the error.</param>
    /// <param name="budget">What the block is counted in.</param>
    /// <param name="byteLength">Its size in bytes.</param>
    /// <exception cref="InsufficientMemoryException">The budget or the accelerator has too little left.</exception>
    public static IlgpuBlock Allocate(Accelerator accelerator, string device, DeviceMemoryBudget budget, long byteLength)
    {
        budget.Reserve(byteLength);
        try
        {
            return new IlgpuBlock(accelerator.Allocate1D<float>((byteLength + sizeof(float) - 1) / sizeof(float)), budget, byteLength);
        }
        catch (Exception failure) when (failure is AcceleratorException or OutOfMemoryException)
        {
            budget.Release(byteLength);
            throw new InsufficientMemoryException(
                $"{device} has too little of its {ByteSize.Format(accelerator.MemorySize)} left: {ByteSize.Format(byteLength)} more are needed. "
                + "Smaller batches need less.",
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
            buffer.Dispose();
            budget.Release(ByteLength);
        }
    }
}
