using System.Runtime.Intrinsics;
using Moda.Kernels.Cpu.Memory;
using Moda.Kernels.Cpu.Threading;
using Moda.Kernels.Cpu.Vector;
using Moda.Kernels.Fused;

namespace Moda.Kernels.Cpu;

/// <summary>
/// The op set in managed SIMD (128, 256 or 512 bits, whatever the machine has) on all cores, in float32. Results do not depend on the
/// number of threads. Safe to call on several threads, each with tensors of its own: their ops run one after another.
/// </summary>
internal sealed partial class CpuDevice : Device, IFusedSpade, IFusedSparseMotion, IFusedPasteBack
{
    private readonly CpuThreadPool threads;
    private readonly VectorLoops loops;
    private readonly CpuScratch scratch = new();
    private readonly CpuMemoryUse memoryUse;
    private int isDisposed;

    /// <summary>Creates the device and its threads.</summary>
    /// <param name="threadCount">Threads to use, or 0 for one on each processor that the process may use.</param>
    public CpuDevice(int threadCount = 0)
        : this(threadCount, VectorLoops.CompiledLaneCount)
    {
    }

    /// <summary>Creates a device with vectors of a width that need not be the machine's widest.</summary>
    internal CpuDevice(int threadCount, int laneCount)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threadCount);
        memoryUse = new CpuMemoryUse();
        threads = new CpuThreadPool(threadCount == 0 ? Environment.ProcessorCount : threadCount);
        loops = new VectorLoops(threads, laneCount);
        string instructions = Vector128.IsHardwareAccelerated ? $"{laneCount * 32}-bit SIMD" : "no SIMD";
        Name = $"cpu ({instructions}, {threads.ThreadCount} {(threads.ThreadCount == 1 ? "thread" : "threads")})";
    }

    // A queue shares the threads, the vector width and the count of memory, and has scratch memory of its own.
    private CpuDevice(CpuDevice other)
    {
        memoryUse = other.memoryUse;
        threads = other.threads.Share();
        loops = other.loops;
        Name = other.Name;
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    internal override string? Remark => MachineVectors.Remark(loops.LaneCount);

    /// <inheritdoc/>
    public override ElementType ActivationType => ElementType.Float32;

    /// <inheritdoc/>
    public override int Alignment => CpuMemory.Alignment;

    /// <summary>Threads that take part in an op.</summary>
    public int ThreadCount => threads.ThreadCount;

    /// <summary>Bytes of memory blocks that were allocated on the device and its queues and not yet freed.</summary>
    public long AllocatedBytes => memoryUse.Bytes;

    /// <inheritdoc/>
    public override DeviceMemory AllocateMemory(long byteLength) => new CpuMemory(byteLength, memoryUse);

    /// <inheritdoc/>
    /// <remarks>
    /// The queue uses this device's threads, which run the ops of both in turn, so a second queue makes nothing faster.
    /// The device and its queues may be disposed in any order; the last one ends the threads.
    /// </remarks>
    /// <exception cref="ObjectDisposedException">The device and all its queues were disposed.</exception>
    public override Device CreateQueue() => new CpuDevice(this);

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<float> values, Tensor destination)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(values.Length, destination.Shape.ElementCount, nameof(values));
        if (destination.IsContiguous)
        {
            values.CopyTo(destination.Span());
            return;
        }

        for (int row = 0; row < destination.Rows; row++)
        {
            values.Slice(row * destination.Channels, destination.Channels).CopyTo(destination.Row(row));
        }
    }

    /// <inheritdoc/>
    public override void Read(Tensor source, Span<float> values)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(values.Length, source.Shape.ElementCount, nameof(values));
        if (source.IsContiguous)
        {
            source.Span().CopyTo(values);
            return;
        }

        for (int row = 0; row < source.Rows; row++)
        {
            source.Row(row).CopyTo(values.Slice(row * source.Channels, source.Channels));
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (Interlocked.Exchange(ref isDisposed, 1) == 0)
        {
            threads.Dispose();
            scratch.Dispose();
        }
    }
}
