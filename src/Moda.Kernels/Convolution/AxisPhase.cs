namespace Moda.Kernels.Convolution;

/// <summary>
/// A phase of an axis that is upsampled f times before the convolution: the outputs that read the same input positions relative to
/// their own. Several kernel elements of a phase fall on one input position (a tap). Their weights are added once, when weights are
/// packed, so that the tap takes one multiplication. A kernel of 3 on an axis upsampled twice has 2 phases of 2 taps.
/// </summary>
/// <remarks>
/// The borders stay exact: an upsampled coordinate lies outside the upsampled axis exactly when its input position lies outside the input.
/// Output <c>period q + phase</c> reads the input from <c>step q + origin</c> on.
/// </remarks>
/// <param name="FirstPhase">The first output of the period that belongs to the phase.</param>
/// <param name="PhaseCount">How many consecutive outputs of the period belong to it.</param>
/// <param name="Origin">The input position of the first tap of output q = 0.</param>
/// <param name="Taps">The tap of each kernel element; ascending from 0.</param>
internal sealed record AxisPhase(int FirstPhase, int PhaseCount, int Origin, int[] Taps)
{
    /// <summary>The number of taps.</summary>
    public int Extent => Taps[^1] + 1;

    /// <summary>The number of outputs after which the phases repeat.</summary>
    public static int Period(int stride, int upsample) => upsample / (int)System.Numerics.BigInteger.GreatestCommonDivisor(upsample, stride);

    /// <summary>Input positions from one output of a phase to its next.</summary>
    public static int Step(int stride, int upsample) => stride * Period(stride, upsample) / upsample;

    /// <summary>Finds the phases of an axis.</summary>
    /// <param name="kernel">Kernel elements.</param>
    /// <param name="stride">Upsampled positions between outputs.</param>
    /// <param name="padding">Zeros before the first upsampled position.</param>
    /// <param name="upsample">How many times each input position is repeated.</param>
    public static List<AxisPhase> Decompose(int kernel, int stride, int padding, int upsample)
    {
        var phases = new List<AxisPhase>();
        for (int phase = 0; phase < Period(stride, upsample); phase++)
        {
            int origin = FloorDivide(stride * phase - padding, upsample);
            var taps = new int[kernel];
            for (int element = 0; element < kernel; element++)
            {
                taps[element] = FloorDivide(stride * phase - padding + element, upsample) - origin;
            }

            if (phases.Count > 0 && phases[^1].Origin == origin && phases[^1].Taps.AsSpan().SequenceEqual(taps))
            {
                phases[^1] = phases[^1] with { PhaseCount = phases[^1].PhaseCount + 1 };
            }
            else
            {
                phases.Add(new AxisPhase(phase, 1, origin, taps));
            }
        }

        return phases;
    }

    private static int FloorDivide(int dividend, int divisor) =>
        dividend >= 0 ? dividend / divisor : -((-dividend + divisor - 1) / divisor);
}
