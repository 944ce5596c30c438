using Moda.Kernels.Cpu.Memory;

namespace Moda.Kernels.Cpu.Kernels;

/// <summary>
/// Aligns kernels' buffers on the stack to cache lines; .NET aligns them to 16 bytes only. A vector that crosses a cache line costs two
/// accesses, and a load can't take it from the store buffer.
/// </summary>
internal static unsafe class CacheLine
{
    /// <summary>Elements of a cache line: what a buffer needs beyond its size to be aligned.</summary>
    public const int Elements = CpuMemory.Alignment / sizeof(float);

    /// <summary>The first element at or after an address that starts a cache line.</summary>
    public static float* Align(float* address) =>
        (float*)(((nuint)address + CpuMemory.Alignment - 1) & ~(nuint)(CpuMemory.Alignment - 1));
}
