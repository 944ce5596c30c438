using Moda.Kernels;

namespace Moda.Runtime.Networks;

/// <summary>
/// Blocks of device memory that are reused from one frame of a video to the next, so that no frame allocates memory. Several threads may
/// use it at once.
/// </summary>
/// <param name="device">The device. It must outlive the pool.</param>
/// <param name="mostFree">The number of unused blocks that are kept. The blocks that were returned first are released first.</param>
internal sealed class DeviceMemoryPool(Device device, int mostFree) : IDisposable
{
    private readonly Lock gate = new();
    private readonly List<DeviceMemory> free = [];
    private bool disposed;

    /// <summary>The size of all unused blocks in bytes.</summary>
    public long FreeBytes
    {
        get
        {
            lock (gate)
            {
                return free.Sum(memory => memory.ByteLength);
            }
        }
    }

    /// <summary>Takes a block. Its content is undefined.</summary>
    /// <param name="byteLength">The block's size in bytes.</param>
    /// <exception cref="InsufficientMemoryException">The device has too little free memory.</exception>
    public DeviceMemory Rent(long byteLength)
    {
        lock (gate)
        {
            int found = free.FindLastIndex(memory => memory.ByteLength == byteLength);
            if (found >= 0)
            {
                DeviceMemory memory = free[found];
                free.RemoveAt(found);
                return memory;
            }
        }

        return device.AllocateMemory(byteLength);
    }

    /// <summary>Returns a block to the pool.</summary>
    public void Return(DeviceMemory memory)
    {
        lock (gate)
        {
            if (!disposed)
            {
                free.Add(memory);
                if (free.Count <= mostFree)
                {
                    return;
                }

                memory = free[0];
                free.RemoveAt(0);
            }
        }

        memory.Dispose();
    }

    /// <summary>Releases the unused blocks. Blocks in use are released when they are returned.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            disposed = true;
            free.ForEach(memory => memory.Dispose());
            free.Clear();
        }
    }
}
