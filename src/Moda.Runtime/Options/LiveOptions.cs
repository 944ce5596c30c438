namespace Moda.Runtime.Options;

/// <summary>How a live session is made. A sample is seen about (<see cref="Advance"/> + <see cref="LookAhead"/>) / 25 s after it was written.</summary>
public sealed record LiveOptions
{
    /// <summary>
    /// How its frames are generated. <see cref="GenerationOptions.Pace"/> and <see cref="GenerationOptions.Audio"/> say nothing here: a session
    /// is always live, and hears what is written as it is.
    /// </summary>
    public GenerationOptions Generation { get; init; } = new();

    /// <summary>
    /// Frames by which motion advances while speech comes as fast as it is spoken, 1 to 16: each advance costs a segment of motion. Fewer
    /// frames are seen sooner and cost more.
    /// </summary>
    public int Advance { get; init; } = 4;

    /// <summary>
    /// Frames of speech that are heard beyond the frame that is made, 2 to 16. The more there are, the surer the lips.
    /// </summary>
    public int LookAhead { get; init; } = 3;

    /// <summary>Speech that may be written ahead of its frames, 1 s to 10 minutes; who writes more waits.</summary>
    public TimeSpan Buffer { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How the engine makes its frames.</summary>
    internal GenerationOptions Wanted => Generation with { Pace = Pace.Live };

    /// <summary>Frames that <see cref="Buffer"/> lasts.</summary>
    internal int BufferFrames => (int)(Buffer.TotalSeconds * GenerationOptions.FramesPerSecond);

    /// <summary>Throws where an option is NaN or out of range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It names the option.</exception>
    /// <exception cref="ArgumentException">The smoothing needs the whole motion.</exception>
    internal void Validate()
    {
        const int MostFrames = 16;
        const double LongestBufferSeconds = 600;
        ArgumentNullException.ThrowIfNull(Generation);
        Generation.Validate();
        OptionChecks.RequireRange(Advance, 1, MostFrames);
        OptionChecks.RequireRange(LookAhead, 2, MostFrames);
        OptionChecks.RequireRange(Buffer.TotalSeconds, 1, LongestBufferSeconds, nameof(Buffer));
        OptionChecks.Require(
            Generation.Driving.Smoothing != MotionSmoothing.Kalman,
            $"The Kalman smoother needs the whole motion before the first frame: a live session takes {nameof(MotionSmoothing)}.{nameof(MotionSmoothing.None)} "
                + $"or {nameof(MotionSmoothing.ExponentialMovingAverage)}.");
    }
}
