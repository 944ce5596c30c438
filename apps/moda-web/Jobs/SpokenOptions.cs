using Moda.Runtime.Options;

namespace Moda.Web.Jobs;

/// <summary>How a voice becomes motion: the options that talking and dubbed videos share.</summary>
internal abstract record SpokenOptions : VideoOptions
{
    private protected SpokenOptions(VideoKind kind)
        : base(kind)
    {
    }

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

    /// <summary>The engine's options with these instead of what they had.</summary>
    private protected GenerationOptions Apply(GenerationOptions options) => options with
    {
        Emotion = Emotion,
        Seed = Seed,
        Sampling = options.Sampling with { Steps = Steps, GuidanceScale = Guidance, EmotionScale = EmotionStrength },
    };
}
