namespace Moda.Kernels.Cuda.Memory;

/// <summary>How much of a GPU's memory a device may take, and how much it has taken.</summary>
internal sealed class CudaMemoryBudget
{
    private readonly string device;
    private readonly long? limit;
    private readonly Lock gate = new();

    /// <summary>Creates a budget of which nothing is used.</summary>
    /// <param name="device">The device's name, for the error.</param>
    /// <param name="limit">Bytes that may be allocated at one time; null for all that the device has.</param>
    public CudaMemoryBudget(string device, long? limit)
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

    /// <summary>Takes bytes.</summary>
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

    /// <summary>Gives bytes back.</summary>
    public void Release(long byteLength)
    {
        lock (gate)
        {
            UsedBytes -= byteLength;
        }
    }
}
