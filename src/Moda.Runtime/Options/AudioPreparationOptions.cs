namespace Moda.Runtime.Options;

/// <summary>How speech is made ready for the audio encoder. The defaults are the reference's; a piece that holds noise only stays quiet.</summary>
public sealed record AudioPreparationOptions
{
    /// <summary>Where silence is added.</summary>
    public SilenceMode Silence { get; init; } = SilenceMode.Post;

    /// <summary>How much silence is added in each place.</summary>
    public TimeSpan SilenceDuration { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// What silence sounds like: samples at 16 kHz, at least <see cref="SilenceDuration"/> long. Null for digital zero, which the reference's
    /// silent clip holds.
    /// </summary>
    internal ReadOnlyMemory<float>? SilentClip { get; init; }

    /// <summary>What the loudness of pieces is measured by; a voice of one piece is scaled alike by all.</summary>
    internal PieceScaling Scaling { get; init; } = PieceScaling.CarriedOver;

    /// <summary>Told once, on a thread of the pool, when the speech has something that its user should know; null where nobody is told.</summary>
    public Action<string>? OnNotice { get; init; }

    /// <summary>The longest piece that is encoded at once.</summary>
    public TimeSpan PieceDuration { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Throws where a duration is out of range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It names the option.</exception>
    internal void Validate()
    {
        const double LongestPieceSeconds = 86_400;
        const double LongestSilenceSeconds = 3_600;
        OptionChecks.RequireDefined(Silence);
        OptionChecks.RequireDefined(Scaling);
        OptionChecks.RequireRange(PieceDuration.TotalSeconds, 1.0 / GenerationOptions.FramesPerSecond, LongestPieceSeconds);
        OptionChecks.RequireRange(SilenceDuration.TotalSeconds, 0, LongestSilenceSeconds);
    }
}
