namespace Moda.Kernels.Cpu.Memory;

/// <summary>Counts the bytes that a device and its queues have allocated. Safe to use on several threads.</summary>
internal sealed class CpuMemoryUse
{
    private long bytes;

    /// <summary>Bytes allocated now.</summary>
    public long Bytes => Volatile.Read(ref bytes);

    /// <summary>Adds the bytes of a new block, or a negative number for a freed one.</summary>
    public void Add(long byteLength) => Interlocked.Add(ref bytes, byteLength);
}
