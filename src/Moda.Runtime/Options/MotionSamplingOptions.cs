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

    /// <summary>Throws where a number is NaN or out of range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It names the option.</exception>
    internal void Validate()
    {
        const int LeastSteps = 2;
        const int MostSteps = 1000;
        const double LargestGuidance = 100;
        OptionChecks.RequireRange(Steps, LeastSteps, MostSteps);
        OptionChecks.RequireRange(GuidanceScale, 0, LargestGuidance);
    }
}
