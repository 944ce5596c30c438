using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Moda.Kernels.Cpu.Vector;

/// <summary>
/// The vectors that the machine has, whatever the program was compiled for. A program that was compiled ahead of time cannot use wider ones
/// than it was compiled for (<c>IlcInstructionSet</c>), and <c>IsHardwareAccelerated</c> is a constant there.
/// </summary>
internal static class MachineVectors
{
    private const int ExtendedFeatures = 7;
    private const int Avx2Bit = 5;
    private const int Avx512FBit = 16;

    /// <summary>The lanes of the widest float32 vectors of the processor. Other processors than x86 have 128 bits.</summary>
    public static int LaneCount { get; } = Count();

    /// <summary>
    /// What to tell a user whose program was compiled for narrower vectors; null when there are no wider ones. The JIT compiles for the
    /// vectors that it finds best: on some processors with AVX-512 these are not the widest.
    /// </summary>
    /// <param name="laneCount">The lanes that are used.</param>
    public static string? Remark(int laneCount) => RuntimeFeature.IsDynamicCodeCompiled || laneCount >= LaneCount
        ? null
        : $"compiled for {32 * laneCount}-bit SIMD, and the processor has {32 * LaneCount}-bit: publish with "
            + $"<IlcInstructionSet>{(LaneCount == FloatVector512.Count ? "x86-64-v4" : "x86-64-v3")}</IlcInstructionSet>";

    private static int Count()
    {
        if (!X86Base.IsSupported || X86Base.CpuId(0, 0).Eax < ExtendedFeatures)
        {
            return FloatVector128.Count;
        }

        int features = X86Base.CpuId(ExtendedFeatures, 0).Ebx;
        return Has(Avx512FBit) ? FloatVector512.Count : Has(Avx2Bit) ? FloatVector256.Count : FloatVector128.Count;

        bool Has(int bit) => (features >> bit & 1) != 0;
    }
}
