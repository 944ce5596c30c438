using System.Runtime.InteropServices;

namespace Moda.Kernels.Cpu.Memory;

/// <summary>
/// Asks Linux to back a block with large pages, which saves most of the address translation for tensors that are far larger than the
/// caches. It is advice only: where Linux declines, or on another system, the block works as well and is a little slower.
/// </summary>
internal static unsafe class HugePages
{
    /// <summary>The size and alignment of a large page.</summary>
    public const int Size = 2 << 20;

    /// <summary>MADV_HUGEPAGE.</summary>
    private const int Advice = 14;

    private static readonly delegate* unmanaged<void*, nuint, int, int> Madvise = FindMadvise();

    /// <summary>Whether large pages pay for a block of this size.</summary>
    public static bool Suit(long byteLength) => Madvise is not null && byteLength >= 4 * Size;

    /// <summary>Advises the kernel to use large pages for a block.</summary>
    public static void Advise(void* address, long byteLength) => Madvise(address, (nuint)byteLength, Advice);

    private static delegate* unmanaged<void*, nuint, int, int> FindMadvise() =>
        OperatingSystem.IsLinux() && NativeLibrary.TryGetExport(NativeLibrary.GetMainProgramHandle(), "madvise", out nint address)
            ? (delegate* unmanaged<void*, nuint, int, int>)address
            : null;
}
