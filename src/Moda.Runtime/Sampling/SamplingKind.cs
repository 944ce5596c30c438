using Moda.Runtime.Options;

namespace Moda.Runtime.Sampling;

/// <summary>What the segments of one batch have in common: one planned forward samples all segments of a kind.</summary>
/// <param name="Steps">Denoising steps.</param>
/// <param name="Guidance">The velocities that each step combines.</param>
internal readonly record struct SamplingKind(int Steps, Guidance Guidance)
{
    /// <summary>Elements of the batch for each segment, one for each velocity.</summary>
    public int Elements => Guidance switch
    {
        Guidance.None => 1,
        Guidance.TwoWay => 2,
        _ => 3,
    };

    /// <summary>The kind of a segment.</summary>
    public static SamplingKind Of(SegmentInput segment) => Of(segment.Options, segment.Emotion);

    /// <summary>The kind of the segments of a clip.</summary>
    /// <param name="options">Steps and scales.</param>
    /// <param name="emotion">0 to 8, as <see cref="Emotion"/> numbers them.</param>
    public static SamplingKind Of(MotionSamplingOptions options, int emotion)
    {
        // With no emotion, or equal scales, the velocity with the emotion alone drops out of the sum: it is not computed.
        bool isThreeWay = emotion != (int)Emotion.None && EmotionScale(options) != GuidanceScale(options);
        return new SamplingKind(
            options.Steps,
            isThreeWay ? Guidance.ThreeWay : GuidanceScale(options) > 1 ? Guidance.TwoWay : Guidance.None);
    }

    /// <summary>The factor of one velocity in the guided one; those of all elements add up to 1.</summary>
    /// <param name="element">0 to <see cref="Elements"/> - 1, in the order of <see cref="Sampling.Guidance"/>.</param>
    /// <param name="options">The scales of a segment of this kind.</param>
    public float Factor(int element, MotionSamplingOptions options)
    {
        float guidance = GuidanceScale(options);
        float emotion = EmotionScale(options);
        return (Guidance, element) switch
        {
            (Guidance.None, _) => 1,
            (Guidance.TwoWay, 0) => 1 - guidance,
            (Guidance.ThreeWay, 0) => 1 - emotion,
            (Guidance.ThreeWay, 1) => emotion - guidance,
            _ => guidance,
        };
    }

    // No guidance is a scale of 1: all of the velocity with speech and emotion.
    private static float GuidanceScale(MotionSamplingOptions options) => Math.Max(options.GuidanceScale, 1);

    private static float EmotionScale(MotionSamplingOptions options) => options.EmotionScale ?? GuidanceScale(options);
}

/// <summary>The velocities of a step that classifier-free guidance combines.</summary>
internal enum Guidance
{
    /// <summary>One velocity, with speech and emotion: no guidance.</summary>
    None,

    /// <summary>Two: without both, with both. without + guidance (with - without).</summary>
    TwoWay,

    /// <summary>
    /// Three: without both, with the emotion alone, with both. without + emotion (alone - without) + guidance (with - alone).
    /// </summary>
    ThreeWay,
}
