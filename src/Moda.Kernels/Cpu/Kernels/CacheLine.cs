using Moda.Kernels.Cpu.Memory;

namespace Moda.Kernels.Cpu.Kernels;

/// <summary>
/// Aligns what kernels keep on the stack, which the runtime aligns to 16 bytes only: a vector that crosses a cache line costs two
/// accesses, and what was just stored across one can't be forwarded to the load that follows.
/// </summary>
internal static unsafe class CacheLine
{
    /// <summary>Elements of a cache line: how much room alignment may take.</summary>
    public const int Elements = CpuMemory.Alignment / sizeof(float);

    /// <summary>The first element at or after an address that starts a cache line.</summary>
    public static float* Align(float* address) =>
        (float*)(((nuint)address + CpuMemory.Alignment - 1) & ~(nuint)(CpuMemory.Alignment - 1));
}
