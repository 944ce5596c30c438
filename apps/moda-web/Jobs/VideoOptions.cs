using Moda.Runtime.Faces;
using Moda.Runtime.Options;

namespace Moda.Web.Jobs;

/// <summary>How a client wants its video, as it is kept and shown. The defaults are the reference's.</summary>
internal sealed record VideoOptions
{
    /// <summary>The emotion that the face shows.</summary>
    public Emotion Emotion { get; init; } = Emotion.None;

    /// <summary>How strongly it shows, 0 to 100; null for as strongly as speech is followed.</summary>
    public float? EmotionStrength { get; init; }

    /// <summary>How closely speech is followed, 1.0 to 2.5.</summary>
    public float Guidance { get; init; } = 1.2f;

    /// <summary>Steps of the sampling, 2 to 100.</summary>
    public int Steps { get; init; } = 10;

    /// <summary>The seed of the noise.</summary>
    public ulong Seed { get; init; } = 42;

    /// <summary>How motion is smoothed.</summary>
    public MotionSmoothing Smoothing { get; init; }

    /// <summary>What of the face follows the voice.</summary>
    public AnimationRegion Region { get; init; }

    /// <summary>How the face is put back into the picture.</summary>
    public PasteBackMode PasteBack { get; init; }

    /// <summary>Where silence is added, so that the face comes to rest.</summary>
    public SilenceMode Silence { get; init; } = SilenceMode.Post;

    /// <summary>Which face speaks: largest, left, right, center or a number from the left, from 1.</summary>
    public string Face { get; init; } = "largest";

    /// <summary>Which face speaks.</summary>
    public FaceChoice ToFaceChoice() => FaceChoice.Parse(Face);

    /// <summary>The same for the engine.</summary>
    public GenerationOptions ToGeneration() => new()
    {
        Emotion = Emotion,
        Sampling = new MotionSamplingOptions { Steps = Steps, GuidanceScale = Guidance, EmotionScale = EmotionStrength },
        Seed = Seed,
        Audio = new AudioPreparationOptions { Silence = Silence },
        Driving = new DrivingOptions { Region = Region, Smoothing = Smoothing },
        PasteBack = PasteBack,
    };
}
