using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Moda.Kernels.Convolution;

namespace Moda.Kernels.Cuda.Abi;

/// <summary><c>convolution_variants</c> of <c>convolution_variants.cuh</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct KernelConvolutionVariants
{
    public KernelExtent Step;
    public int PeriodHeight;
    public int PeriodWidth;
    public int PhasesHeight;
    public int PhasesWidth;
    public int RowTiles;
    public KernelAxisPhases Height;
    public KernelAxisPhases Width;
}

/// <summary><c>axis_phase</c> of <c>convolution_variants.cuh</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct KernelAxisPhase(AxisPhase phase)
{
    public readonly int First = phase.FirstPhase;
    public readonly int Count = phase.PhaseCount;
    public readonly int Origin = phase.Origin;
    public readonly int Taps = phase.Extent;
}

/// <summary>The phases of an axis.</summary>
[InlineArray(MaximumPhases)]
internal struct KernelAxisPhases
{
    /// <summary><c>MAXIMUM_PHASES</c> of <c>convolution_variants.cuh</c>.</summary>
    public const int MaximumPhases = 4;

    private KernelAxisPhase first;
}
