namespace Moda.Runtime.Audio;

/// <summary>How speech is made ready for the audio encoder. The defaults are the reference's, but for <see cref="Scaling"/>.</summary>
public sealed record AudioPreparationOptions
{
    /// <summary>Where silence is added.</summary>
    public SilenceMode Silence { get; init; } = SilenceMode.Post;

    /// <summary>How much silence is added in each place.</summary>
    public TimeSpan SilenceDuration { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// What silence sounds like, at least <see cref="SilenceDuration"/> long; null for digital zero, which is what the
    /// reference's silent clip holds.
    /// </summary>
    public Waveform? SilentClip { get; init; }

    /// <summary>Whether each piece is brought to zero mean and unit variance: <c>do_normalize</c> of preprocessor_config.json.</summary>
    public bool Normalize { get; init; } = true;

    /// <summary>What the loudness of pieces is measured by; a voice of one piece is scaled alike by all.</summary>
    public PieceScaling Scaling { get; init; } = PieceScaling.CarriedOver;

    /// <summary>Told once, on a thread of the pool, when the speech has something that its user should know; null for nobody.</summary>
    public Action<string>? OnNotice { get; init; }

    /// <summary>The longest piece that is encoded at once.</summary>
    public TimeSpan PieceDuration { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Throws where a duration is out of range, or the silent clip too short.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It names the option.</exception>
    /// <exception cref="ArgumentException">The silent clip is shorter than the silence.</exception>
    internal void Validate()
    {
        const double LongestPieceSeconds = 86_400;
        const double LongestSilenceSeconds = 3_600;
        OptionChecks.RequireDefined(Silence);
        OptionChecks.RequireDefined(Scaling);
        OptionChecks.RequireRange(PieceDuration.TotalSeconds, 1.0 / AudioPreparation.FramesPerSecond, LongestPieceSeconds);
        OptionChecks.RequireRange(SilenceDuration.TotalSeconds, 0, LongestSilenceSeconds);
        if (Silence != SilenceMode.None && SilentClip is { } clip && clip.Duration < SilenceDuration)
        {
            throw new ArgumentException(
                $"The silent clip lasts {clip.Duration}, shorter than the silence of {SilenceDuration}.", nameof(SilentClip));
        }
    }
}
