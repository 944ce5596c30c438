using System.Globalization;

namespace Moda.Runtime.Media;

/// <summary>An exact frame rate as a fraction: 25/1, or 30000/1001.</summary>
public readonly record struct FrameRate
{
    private const long NanosecondsPerSecond = 1_000_000_000;
    private const int NtscDenominator = 1001;
    private const int Thousand = 1000;

    private readonly int denominator;

    /// <summary>Creates the rate.</summary>
    /// <param name="numerator">The number of frames, at least 1.</param>
    /// <param name="denominator">The number of seconds in which they are shown, at least 1.</param>
    public FrameRate(int numerator, int denominator = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(numerator, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(denominator, 1);
        Numerator = numerator;
        this.denominator = denominator;
    }

    /// <summary>The numerator: frames.</summary>
    public int Numerator { get; }

    /// <summary>The denominator: seconds.</summary>
    public int Denominator => Math.Max(denominator, 1);

    /// <summary>Frames per second, rounded to a double.</summary>
    public double PerSecond => (double)Numerator / Denominator;

    /// <summary>Creates a rate from a whole number of frames per second.</summary>
    public static implicit operator FrameRate(int framesPerSecond) => new(framesPerSecond);

    /// <summary>The time at which a frame is shown, from the clip's start.</summary>
    /// <param name="index">The frame's index, from 0.</param>
    public TimeSpan TimestampOf(long index) => TimeSpan.FromTicks((long)((Int128)index * TimeSpan.TicksPerSecond * Denominator / Numerator));

    /// <summary>The rate in its usual form: "25", "29.97".</summary>
    public override string ToString() => PerSecond.ToString("0.###", CultureInfo.InvariantCulture);

    /// <summary>The exact rate in ffmpeg's form: "25", "30000/1001".</summary>
    internal string ToFfmpeg() => string.Create(CultureInfo.InvariantCulture, $"{Numerator}/{Denominator}");

    /// <summary>
    /// Finds the frame rate for a frame duration: a whole number, one of the NTSC rates, or otherwise a number with three decimals.
    /// </summary>
    /// <param name="nanoseconds">The duration of a frame in nanoseconds, rounded.</param>
    internal static FrameRate FromPeriod(long nanoseconds)
    {
        double rate = (double)NanosecondsPerSecond / Math.Max(nanoseconds, 1);
        var whole = new FrameRate((int)Math.Max(1, Math.Round(rate)));
        var ntsc = new FrameRate(whole.Numerator * Thousand, NtscDenominator);
        return IsNear(whole) ? whole : IsNear(ntsc) ? ntsc : new FrameRate((int)Math.Max(1, Math.Round(rate * Thousand)), Thousand);

        // A period in whole nanoseconds gives rates up to 1000 with an accuracy of a millionth.
        bool IsNear(FrameRate candidate) => Math.Abs(candidate.PerSecond / rate - 1) < 2e-6;
    }
}
