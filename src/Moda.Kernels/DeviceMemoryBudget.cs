namespace Moda.Kernels;

/// <summary>How much of a GPU's memory a device may take, and how much it has taken.</summary>
internal sealed class DeviceMemoryBudget
{
    private readonly string device;
    private readonly long? limit;
    private readonly Lock gate = new();

    /// <summary>Creates an unused budget.</summary>
    /// <param name="device">The device's name, for the error.</param>
    /// <param name="limit">Bytes that may be allocated at one time; null for all that the device has.</param>
    public DeviceMemoryBudget(string device, long? limit)
    {
        if (limit is { } bytes)
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytes, nameof(limit));
        }

        this.device = device;
        this.limit = limit;
    }

    /// <summary>Bytes that are allocated.</summary>
    public long UsedBytes { get; private set; }

    /// <summary>The most bytes that were allocated at one time.</summary>
    public long PeakBytes { get; private set; }

    /// <summary>Counts bytes that are about to be allocated.</summary>
    /// <exception cref="InsufficientMemoryException">The limit does not allow them.</exception>
    public void Reserve(long byteLength)
    {
        lock (gate)
        {
            if (UsedBytes + byteLength > limit)
            {
                throw new InsufficientMemoryException(
                    $"{device} may use {ByteSize.Format(limit.Value)} of GPU memory, of which {ByteSize.Format(UsedBytes)} are taken, "
                    + $"but {ByteSize.Format(byteLength)} more are needed. Raise the limit, or use smaller batches or float16.");
            }

            UsedBytes += byteLength;
            PeakBytes = Math.Max(PeakBytes, UsedBytes);
        }
    }

    /// <summary>Counts bytes as free again.</summary>
    public void Release(long byteLength)
    {
        lock (gate)
        {
            UsedBytes -= byteLength;
        }
    }
}
