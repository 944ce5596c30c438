namespace Moda.Runtime.Options;

/// <summary>How motion is sampled. The defaults are the reference's.</summary>
public sealed record MotionSamplingOptions
{
    /// <summary>Denoising steps, 2 to 1000.</summary>
    public int Steps { get; init; } = 10;

    /// <summary>
    /// Classifier-free guidance: how far from the velocity without speech and emotion to that with both, and beyond. At 1 and below
    /// there is no guidance, and only half of the work. 0 to 100.
    /// </summary>
    public float GuidanceScale { get; init; } = 1.2f;

    /// <summary>
    /// How strongly the emotion shows: how far from the velocity without speech and emotion to that with the emotion alone, and beyond.
    /// <see cref="GuidanceScale"/> then holds for the way from there to the velocity with both. No unit; 0 to 100, of which 2 to 8 show
    /// the emotion more. Null for the same as <see cref="GuidanceScale"/>. Another number costs a third velocity in each step, and the motion
    /// is kept within five standard deviations of the training data; with <see cref="Emotion.None"/> it changes nothing. From MoDA's
    /// <c>MotionDiffusion.sample_subclip</c>, where this three-way guidance stands commented out, with 8.
    /// </summary>
    public float? EmotionScale { get; init; }

    /// <summary>Throws where a number is NaN or out of range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It names the option.</exception>
    internal void Validate()
    {
        const int LeastSteps = 2;
        const int MostSteps = 1000;
        const double LargestGuidance = 100;
        OptionChecks.RequireRange(Steps, LeastSteps, MostSteps);
        OptionChecks.RequireRange(GuidanceScale, 0, LargestGuidance);
        if (EmotionScale is { } emotion)
        {
            OptionChecks.RequireRange(emotion, 0, LargestGuidance, nameof(EmotionScale));
        }
    }
}
