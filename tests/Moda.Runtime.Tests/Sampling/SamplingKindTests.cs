using Moda.Runtime.Options;
using Moda.Runtime.Sampling;
using Xunit;

namespace Moda.Runtime.Tests.Sampling;

/// <summary>Which velocities guidance computes, and how it combines them.</summary>
public sealed class SamplingKindTests
{
    private const int Emotion = 4;
    private const int None = 8;

    [Theory]
    [InlineData(1.2f, null, Emotion, 2)]
    [InlineData(1f, null, Emotion, 1)]
    [InlineData(0.5f, null, Emotion, 1)]
    [InlineData(1.2f, 8f, Emotion, 3)]
    [InlineData(1f, 8f, Emotion, 3)]
    [InlineData(1.2f, 0f, Emotion, 3)]
    [InlineData(1.2f, 1.2f, Emotion, 2)]
    [InlineData(0.5f, 1f, Emotion, 1)]
    [InlineData(1.2f, 8f, None, 2)]
    [InlineData(1f, 8f, None, 1)]
    public void A_velocity_that_drops_out_is_not_computed(float guidanceScale, float? emotionScale, int emotion, int elements)
    {
        var options = new MotionSamplingOptions { GuidanceScale = guidanceScale, EmotionScale = emotionScale };

        SamplingKind kind = SamplingKind.Of(options, emotion);

        Assert.Equal(elements, kind.Elements);
        Assert.Equal(1, Enumerable.Range(0, elements).Sum(element => kind.Factor(element, options)), 1e-6f);
    }

    [Theory]
    [InlineData(1.2f)]
    [InlineData(0.5f)]
    public void The_scales_of_a_segment_are_not_its_kind(float guidanceScale)
    {
        var options = new MotionSamplingOptions { GuidanceScale = guidanceScale, EmotionScale = 3 };

        Assert.Equal(SamplingKind.Of(options, Emotion), SamplingKind.Of(options with { EmotionScale = 8, GuidanceScale = 2 }, Emotion - 1));
        Assert.NotEqual(SamplingKind.Of(options, Emotion), SamplingKind.Of(options with { Steps = 11 }, Emotion));
    }
}
