using System.Numerics;
using System.Runtime.InteropServices;

namespace Moda.Runtime.Audio;

/// <summary>
/// The low-pass filter of a resampler: a sinc in a Kaiser window. It has a row of taps for each position that an output sample can have
/// between two input samples. It is flat up to 0.913 of the lower Nyquist frequency, and attenuates by 120 dB from that Nyquist frequency
/// on (the band edges of soxr's HQ setting).
/// </summary>
internal sealed class PolyphaseFilter
{
    private const double PassbandEnd = 0.913;
    private const double Attenuation = 120;

    // A ratio of rates that would need more taps than this interpolates between stored rows. All common rates need fewer.
    private const int MostExactTaps = 1 << 18;

    // Cubic interpolation between 512 rows for each sample of the lower rate errs by less than 1e-10 of full scale.
    private const int InterpolatedRows = 512;

    // The shape parameter of the Kaiser window for this attenuation.
    private const double Beta = 0.1102 * (Attenuation - 8.7);
    private static readonly double WindowPeak = BesselI0(Beta);

    private readonly int phases;
    private readonly bool exact;
    private readonly int rowsPerSample;
    private readonly float[] rows;
    private readonly float[] interpolated;

    /// <summary>Designs the filter.</summary>
    /// <param name="phases">The number of output samples for <paramref name="step"/> input samples.</param>
    /// <param name="step">The number of input samples after which the phases repeat.</param>
    public PolyphaseFilter(int phases, int step)
    {
        this.phases = phases;
        double lowerRate = Math.Min(1, (double)phases / step);
        double transition = (1 - PassbandEnd) * 0.5 * lowerRate;
        double cutoff = (1 + PassbandEnd) * 0.25 * lowerRate;
        double taps = (Attenuation - 8) / (2.285 * 2 * Math.PI * transition);
        // A multiple of 8 taps on each side makes a row a whole number of vectors.
        HalfLength = 8 * (int)Math.Ceiling(taps / 16);
        exact = (long)phases * Length <= MostExactTaps;
        rowsPerSample = exact ? phases : (int)Math.Ceiling(InterpolatedRows * lowerRate);
        rows = exact ? new float[phases * Length] : new float[(rowsPerSample + 3) * Length];
        interpolated = exact ? [] : new float[Length];
        int rowCount = rows.Length / Length;
        for (int row = 0; row < rowCount; row++)
        {
            double offset = exact ? (double)row / phases : (row - 1.0) / rowsPerSample;
            for (int tap = 0; tap < Length; tap++)
            {
                rows[row * Length + tap] = (float)Response(offset + HalfLength - 1 - tap, cutoff, HalfLength);
            }
        }
    }

    /// <summary>Taps in a row.</summary>
    public int Length => 2 * HalfLength;

    /// <summary>The number of taps after the input sample that lies at or before the output's position.</summary>
    public int HalfLength { get; }

    /// <summary>Computes the output sample at a position between two input samples.</summary>
    /// <param name="window"><see cref="Length"/> input samples; the one at or before the position is at <see cref="HalfLength"/> - 1.</param>
    /// <param name="phase">The position, in units of 1 / phases of an input sample: 0 .. phases - 1.</param>
    public float Apply(ReadOnlySpan<float> window, int phase)
    {
        ReadOnlySpan<float> row = exact ? rows.AsSpan(phase * Length, Length) : Interpolate((double)phase / phases);
        ReadOnlySpan<Vector<float>> weights = MemoryMarshal.Cast<float, Vector<float>>(row);
        ReadOnlySpan<Vector<float>> values = MemoryMarshal.Cast<float, Vector<float>>(window[..Length]);
        Vector<float> sum = Vector<float>.Zero;
        for (int i = 0; i < weights.Length; i++)
        {
            sum += weights[i] * values[i];
        }
        return Vector.Sum(sum);
    }

    // Lagrange's cubic through two rows on each side.
    private ReadOnlySpan<float> Interpolate(double offset)
    {
        double position = offset * rowsPerSample;
        int row = (int)position;
        double t = position - row;
        float before = (float)(-t * (t - 1) * (t - 2) / 6);
        float at = (float)((t + 1) * (t - 1) * (t - 2) / 2);
        float after = (float)(-(t + 1) * t * (t - 2) / 2);
        float beyond = (float)((t + 1) * t * (t - 1) / 6);
        ReadOnlySpan<float> four = rows.AsSpan(row * Length, 4 * Length);
        for (int tap = 0; tap < Length; tap++)
        {
            interpolated[tap] = before * four[tap] + at * four[Length + tap]
                + after * four[2 * Length + tap] + beyond * four[3 * Length + tap];
        }
        return interpolated;
    }

    private static double Response(double time, double cutoff, double halfLength)
    {
        double position = time / halfLength;
        if (Math.Abs(position) >= 1)
        {
            return 0;
        }
        double window = BesselI0(Beta * Math.Sqrt(1 - position * position)) / WindowPeak;
        double angle = 2 * Math.PI * cutoff * time;
        double sinc = Math.Abs(angle) < 1e-9 ? 1 : Math.Sin(angle) / angle;
        return 2 * cutoff * sinc * window;
    }

    // Power series. All terms are positive, so no digits cancel.
    private static double BesselI0(double x)
    {
        double term = 1;
        double sum = 1;
        for (int k = 1; term > 1e-17 * sum; k++)
        {
            double factor = x / (2 * k);
            term *= factor * factor;
            sum += term;
        }
        return sum;
    }
}
