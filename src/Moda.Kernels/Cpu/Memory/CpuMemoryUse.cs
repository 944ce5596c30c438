namespace Moda.Kernels.Cpu.Memory;

/// <summary>The bytes of a device's blocks that are alive.</summary>
internal sealed class CpuMemoryUse
{
    private long bytes;

    /// <summary>Bytes alive now.</summary>
    public long Bytes => Volatile.Read(ref bytes);

    /// <summary>Counts a block that was allocated, or with a negative number one that was given back.</summary>
    public void Add(long byteLength) => Interlocked.Add(ref bytes, byteLength);
}
