using Moda.Kernels.Convolution;

namespace Moda.Kernels.Cpu.Matrix;

/// <summary>
/// A <see cref="ConvolutionVariant"/> with its weights in panels. A convolution of an upsampled map has one for each pair of
/// <see cref="AxisPhase"/>; any other convolution, and a linear layer, has one.
/// </summary>
internal unsafe struct PackedVariant
{
    /// <summary>[group][panel][tap: z, y, x][input channel of the group][column of the panel], zero beyond the last column.</summary>
    public float* Panels;

    /// <summary>Taps along each axis.</summary>
    public Extent3 Taps;

    /// <summary>The input position of the first tap of the first output.</summary>
    public Extent3 Origin;

    /// <summary>Input positions from one output of this variant to its next.</summary>
    public Extent3 Step;

    /// <summary>Outputs along height and width from one output of this variant to its next.</summary>
    public int PeriodY, PeriodX;

    /// <summary>The first output row of each period that this variant computes, and how many equal ones follow.</summary>
    public int FirstPhaseY, PhaseCountY;

    /// <summary>The first output column of each period that this variant computes, and how many equal ones follow.</summary>
    public int FirstPhaseX, PhaseCountX;

    /// <summary>Taps over all axes.</summary>
    public readonly int TapCount => Taps.Depth * Taps.Height * Taps.Width;
}
