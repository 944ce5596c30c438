using Moda.Kernels;

namespace Moda.Runtime.Networks;

/// <summary>
/// Blocks of a device's memory that go from one frame of a video to the next, so that none is allocated for each. Any thread may use it.
/// </summary>
/// <param name="device">The device; it outlives the pool.</param>
/// <param name="mostFree">So many blocks are kept while nobody uses them; those that were given back longest ago are released first.</param>
internal sealed class DeviceMemoryPool(Device device, int mostFree) : IDisposable
{
    private readonly Lock gate = new();
    private readonly List<DeviceMemory> free = [];
    private bool disposed;

    /// <summary>Bytes of the blocks that nobody uses.</summary>
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

    /// <summary>Takes a block; its content is undefined.</summary>
    /// <param name="byteLength">Its size.</param>
    /// <exception cref="InsufficientMemoryException">The device has too little memory left.</exception>
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

    /// <summary>Gives a block back.</summary>
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

    /// <summary>Releases the blocks that nobody uses, and others when they are given back.</summary>
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
