using System.CommandLine;
using Moda.Runtime.Options;

namespace Moda.Cli.Commands;

/// <summary>The arguments of how a voice becomes motion: guidance, emotion, seed, steps.</summary>
internal sealed class SamplingArguments
{
    private readonly Option<float?> guidanceScale = ClipOptions.GuidanceScale();
    private readonly Option<string> emotion = ClipOptions.EmotionName();
    private readonly Option<float?> emotionScale;
    private readonly Option<ulong> seed = ClipOptions.Seed();
    private readonly Option<int?> steps = ClipOptions.Steps();

    /// <summary>Creates the options.</summary>
    public SamplingArguments() => emotionScale = ClipOptions.EmotionScale(emotion);

    /// <summary>All of them, in the order of the help.</summary>
    public IEnumerable<Option> All => [guidanceScale, emotion, emotionScale, seed, steps];

    /// <summary>Options with what a parsed command line says instead of what they had.</summary>
    public GenerationOptions Read(ParseResult parsed, GenerationOptions generation) => generation with
    {
        Emotion = ClipOptions.ToEmotion(parsed.GetRequiredValue(emotion)),
        Seed = parsed.GetValue(seed),
        Sampling = generation.Sampling with
        {
            GuidanceScale = parsed.GetValue(guidanceScale) ?? generation.Sampling.GuidanceScale,
            EmotionScale = parsed.GetValue(emotionScale),
            Steps = parsed.GetValue(steps) ?? generation.Sampling.Steps,
        },
    };
}
