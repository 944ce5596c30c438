using System.Globalization;

namespace Moda.Runtime.Media;

/// <summary>Frames in a second, exactly: 25, or 30000 in 1001 seconds.</summary>
public readonly record struct FrameRate
{
    private const long NanosecondsPerSecond = 1_000_000_000;
    private const int NtscDenominator = 1001;
    private const int Thousand = 1000;

    private readonly int denominator;

    /// <summary>Creates the rate.</summary>
    /// <param name="numerator">Frames, 1 or more.</param>
    /// <param name="denominator">In so many seconds, 1 or more.</param>
    public FrameRate(int numerator, int denominator = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(numerator, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(denominator, 1);
        Numerator = numerator;
        this.denominator = denominator;
    }

    /// <summary>Frames.</summary>
    public int Numerator { get; }

    /// <summary>In so many seconds.</summary>
    public int Denominator => Math.Max(denominator, 1);

    /// <summary>Frames in a second, rounded.</summary>
    public double PerSecond => (double)Numerator / Denominator;

    /// <summary>Takes a whole number of frames in a second.</summary>
    public static implicit operator FrameRate(int framesPerSecond) => new(framesPerSecond);

    /// <summary>When a frame is shown, from the clip's start.</summary>
    /// <param name="index">0 for the first.</param>
    public TimeSpan TimestampOf(long index) => TimeSpan.FromTicks((long)((Int128)index * TimeSpan.TicksPerSecond * Denominator / Numerator));

    /// <summary>The rate as people write it: "25", "29.97".</summary>
    public override string ToString() => PerSecond.ToString("0.###", CultureInfo.InvariantCulture);

    /// <summary>The rate as ffmpeg reads it without loss: "25", "30000/1001".</summary>
    internal string ToFfmpeg() => string.Create(CultureInfo.InvariantCulture, $"{Numerator}/{Denominator}");

    /// <summary>The usual rate whose frames last so long: a whole number, one of NTSC's, or else to a thousandth.</summary>
    /// <param name="nanoseconds">How long a frame is shown, rounded.</param>
    internal static FrameRate FromPeriod(long nanoseconds)
    {
        double rate = (double)NanosecondsPerSecond / Math.Max(nanoseconds, 1);
        var whole = new FrameRate((int)Math.Max(1, Math.Round(rate)));
        var ntsc = new FrameRate(whole.Numerator * Thousand, NtscDenominator);
        return IsNear(whole) ? whole : IsNear(ntsc) ? ntsc : new FrameRate((int)Math.Max(1, Math.Round(rate * Thousand)), Thousand);

        // A period in whole nanoseconds says a rate of up to 1000 to a millionth.
        bool IsNear(FrameRate candidate) => Math.Abs(candidate.PerSecond / rate - 1) < 2e-6;
    }
}
