using System.Runtime.InteropServices;

namespace Moda.Kernels.Cpu.Memory;

/// <summary>
/// Asks Linux to back a block with large pages, which saves most of the address translation of tensors that are far larger
/// than the caches. Advice only: where the system declines or is another, the block is as good and a little slower.
/// </summary>
internal static unsafe class HugePages
{
    /// <summary>The size and alignment of a large page.</summary>
    public const int Size = 2 << 20;

    /// <summary>MADV_HUGEPAGE.</summary>
    private const int Advice = 14;

    private static readonly delegate* unmanaged<void*, nuint, int, int> Madvise = FindMadvise();

    /// <summary>Whether a block of this size gains by it.</summary>
    public static bool Suit(long byteLength) => Madvise is not null && byteLength >= 4 * Size;

    /// <summary>Gives the advice.</summary>
    public static void Advise(void* address, long byteLength) => Madvise(address, (nuint)byteLength, Advice);

    private static delegate* unmanaged<void*, nuint, int, int> FindMadvise() =>
        OperatingSystem.IsLinux() && NativeLibrary.TryGetExport(NativeLibrary.GetMainProgramHandle(), "madvise", out nint address)
            ? (delegate* unmanaged<void*, nuint, int, int>)address
            : null;
}
