namespace Moda.Runtime.Sampling;

/// <summary>
/// Holds back motion that strong guidance drives beyond what the training data have, where rendered faces tear: soft static thresholding.
/// What the next segment goes on from is held back, too.
/// </summary>
/// <param name="sampler">Samples the segments.</param>
internal sealed class ThresholdedSampler(ISegmentSampler sampler) : ISegmentSampler
{
    /// <summary>Standard deviations of the training data up to which motion stays as it is: with plain guidance only a blink goes beyond.</summary>
    public const float Threshold = 4;

    /// <summary>Standard deviations that motion does not reach.</summary>
    public const float Limit = 5;

    /// <inheritdoc/>
    public SegmentPlan Plan => sampler.Plan;

    /// <inheritdoc/>
    public async Task SampleAsync(SegmentInput segment, CancellationToken cancellationToken)
    {
        await sampler.SampleAsync(segment, cancellationToken).ConfigureAwait(false);
        Apply(segment.Motion.Span);
    }

    /// <summary>Holds back normalised motion in place; larger values stay larger.</summary>
    public static void Apply(Span<float> motion)
    {
        const float Room = Limit - Threshold;
        foreach (ref float value in motion)
        {
            float beyond = (MathF.Abs(value) - Threshold) / Room;
            if (beyond > 0)
            {
                value = MathF.CopySign(Threshold + (Room * beyond / (1 + beyond)), value);
            }
        }
    }
}
