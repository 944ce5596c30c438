using Moda.Runtime.Options;
using Moda.Runtime.Sampling;
using Moda.Runtime.Scheduling;

namespace Moda.Runtime.Tests.Engine;

/// <summary>A scheduler with one thread that renders and one that samples, on clips and a clock that the test moves.</summary>
public abstract class SchedulingTests
{
    private protected const int MostFrames = 4;
    private protected const int MostSegments = 4;

    private protected readonly ManualTime time = new();
    private protected readonly Scheduler scheduler;
    private protected readonly ThreadWork rendering = new(mostSegments: 0, MostFrames);
    private protected readonly ThreadWork sampling = new(MostSegments, mostFrames: 0);

    protected SchedulingTests()
    {
        scheduler = new Scheduler(new EngineClock(time));
        scheduler.Add(rendering);
        scheduler.Add(sampling);
    }

    private protected IEngineClip[] Taken => [.. rendering.Frames.Select(frame => frame.Clip)];

    private protected FakeClip Clip(int available = 0, bool isLive = false, double? playedFrom = null)
    {
        var clip = new FakeClip(isLive) { AvailableFrames = available, PlayedFrom = playedFrom };
        scheduler.Add(clip);
        return clip;
    }

    private protected SegmentOrder Order(FakeClip clip, int steps, float guidance = 2, float? emotionScale = null)
    {
        var order = new SegmentOrder(
            clip,
            new SegmentInput
            {
                Options = new MotionSamplingOptions { Steps = steps, GuidanceScale = guidance, EmotionScale = emotionScale },
                Emotion = 0,
                Keypoints = default,
                AudioTokens = default,
                PreviousMotion = default,
                Noise = default,
                Motion = default,
            },
            time.Now);
        scheduler.Submit(order);
        time.Advance(1e-6);
        return order;
    }

    private protected void End(FakeClip clip)
    {
        clip.HasEnded = true;
        clip.AvailableFrames = 0;
        scheduler.Remove(clip, new TimeoutException());
    }

    private protected WorkKind Render()
    {
        rendering.Clear();
        return scheduler.TryTake(rendering, out _);
    }

    private protected WorkKind Sample()
    {
        sampling.Clear();
        return scheduler.TryTake(sampling, out _);
    }
}
