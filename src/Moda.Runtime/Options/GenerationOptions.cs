using Moda.Runtime.Observation;

namespace Moda.Runtime.Options;

/// <summary>How a clip is generated. The defaults are the reference's.</summary>
public sealed record GenerationOptions
{
    /// <summary>Frames in a second of every clip: what the motion generator was trained with.</summary>
    public const int FramesPerSecond = 25;

    /// <summary>The emotion that the motion is conditioned on.</summary>
    public Emotion Emotion { get; init; } = Emotion.None;

    /// <summary>Steps and guidance of the sampling.</summary>
    public MotionSamplingOptions Sampling { get; init; } = new();

    /// <summary>The seed of the noise: the same seed gives the same motion on every device and thread count.</summary>
    public ulong Seed { get; init; } = 42;

    /// <summary>Draws the noise; null for the generator that <see cref="Seed"/> starts.</summary>
    internal NoiseSource? Noise { get; init; }

    /// <summary>How speech is made ready for the audio encoder; the checkpoint says whether it is normalised.</summary>
    public AudioPreparationOptions Audio { get; init; } = new();

    /// <summary>How motion drives the portrait.</summary>
    public DrivingOptions Driving { get; init; } = new();

    /// <summary>How rendered faces are put back into the portrait.</summary>
    public PasteBackMode PasteBack { get; init; } = PasteBackMode.Feather;

    /// <summary>When frames are due.</summary>
    public Pace Pace { get; init; } = Pace.Offline;

    /// <summary>What happens to a live clip when the engine already serves as many as it can.</summary>
    public WhenFull WhenFull { get; init; } = WhenFull.Refuse;

    /// <summary>
    /// Frames that may be rendered before they are read, 1 to 1000. When the reader stops reading, nothing beyond them is rendered. Null for
    /// as many as the engine's batches need.
    /// </summary>
    public int? FramesAhead { get; init; }

    /// <summary>Receives what each stage computes; null for an ordinary clip.</summary>
    internal ClipObserver? Observer { get; init; }

    /// <summary>Throws where an option is NaN or out of range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It names the option.</exception>
    internal void Validate()
    {
        const int MostFramesAhead = 1000;
        OptionChecks.RequireDefined(Emotion);
        OptionChecks.RequireDefined(PasteBack);
        OptionChecks.RequireDefined(Pace);
        OptionChecks.RequireDefined(WhenFull);
        Sampling.Validate();
        Audio.Validate();
        Driving.Validate();
        if (FramesAhead is { } frames)
        {
            OptionChecks.RequireRange(frames, 1, MostFramesAhead, nameof(FramesAhead));
        }
    }

    /// <summary>Throws where an option is not for frames of a video, or as <see cref="Validate"/> does.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It names the option.</exception>
    /// <exception cref="ArgumentException">It names the option.</exception>
    internal void ValidateForVideo()
    {
        Validate();
        OptionChecks.Require(Pace == Pace.Offline, $"The frames of a video are made offline: {nameof(Pace)} must be {nameof(Pace.Offline)}.");
        OptionChecks.Require(PasteBack != PasteBackMode.None, $"The face of a video is put back into its frames: {nameof(PasteBack)} must say how.");
    }
}

/// <summary>When the frames of a clip are due.</summary>
public enum Pace
{
    /// <summary>As soon as they can be made. The clip takes the time that live clips leave.</summary>
    Offline,

    /// <summary>
    /// Frame n is due n / 25 s after the first one was read. Live clips go first; the engine admits as many as it can serve in time
    /// (<see cref="TalkingHeadEngine.Capacity"/>). A live clip starts soon only without added silence
    /// (<see cref="AudioPreparationOptions.Silence"/>) and without the Kalman smoother, which need the whole voice before the first frame.
    /// </summary>
    Live,
}

/// <summary>What happens to a live clip when the engine is full.</summary>
public enum WhenFull
{
    /// <summary>It is refused by an <see cref="EngineFullException"/>.</summary>
    Refuse,

    /// <summary>It waits and begins when another live clip has ended.</summary>
    Wait,
}
