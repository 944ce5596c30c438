using Moda.Runtime.Options;
using Moda.Runtime.Sampling;
using Xunit;

namespace Moda.Runtime.Tests.Sampling;

/// <summary>What strong guidance drives too far is held back, and nothing else.</summary>
public sealed class ThresholdedSamplerTests
{
    [Fact]
    public async Task Motion_stays_below_the_limit_in_its_order_and_what_is_usual_stays_as_it_is()
    {
        float[] sampled = [-22, -4.5f, -4, -1, 0, 3.9f, 4, 4.1f, 6, 12, 22];
        float[] motion = new float[sampled.Length];

        await new ThresholdedSampler(new KnownSampler(sampled)).SampleAsync(
            new SegmentInput
            {
                Options = new MotionSamplingOptions(),
                Emotion = 0,
                Keypoints = default,
                AudioTokens = default,
                PreviousMotion = default,
                Noise = default,
                Motion = motion,
            },
            TestContext.Current.CancellationToken);

        Assert.Equal(motion.Order(), motion);
        Assert.Equal(motion.Length, motion.Distinct().Count());
        Assert.All(motion, value => Assert.InRange(value, -ThresholdedSampler.Limit, ThresholdedSampler.Limit));
        Assert.Equal(sampled[2..7], motion[2..7]);
        Assert.Equal(-motion[0], motion[^1]);
    }

    private sealed class KnownSampler(float[] motion) : ISegmentSampler
    {
        public SegmentPlan Plan => new(80);

        public Task SampleAsync(SegmentInput segment, CancellationToken cancellationToken)
        {
            motion.CopyTo(segment.Motion);
            return Task.CompletedTask;
        }
    }
}
