namespace Moda.Kernels;

/// <summary>One block of a device's memory. Its owner disposes it; tensors only refer to it.</summary>
public abstract class DeviceMemory : IDisposable
{
    /// <summary>Describes a block.</summary>
    /// <param name="byteLength">Its size in bytes.</param>
    protected DeviceMemory(long byteLength) => ByteLength = byteLength;

    /// <summary>The size of the block in bytes.</summary>
    public long ByteLength { get; }

    /// <summary>Frees the block.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees the block.</summary>
    /// <param name="disposing">True when called by <see cref="Dispose()"/>.</param>
    protected abstract void Dispose(bool disposing);
}
