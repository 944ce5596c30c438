using Moda.Runtime.Imaging;
using Moda.Runtime.Options;
using Moda.Runtime.Planning;
using Xunit;

namespace Moda.Runtime.Tests.Engine;

/// <summary>Plans beside the clips that are then made. Times are compared loosely: test machines are busy.</summary>
public sealed class PlanTests
{
    private const double LooseFactor = 5;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("cpu", 1)]
    [InlineData("cpu", 3)]
    [InlineData("cuda-f16", 100)]
    public async Task A_clip_has_the_frames_and_the_memory_of_its_plan_and_about_its_time(string device, int frames)
    {
        await using TalkingHeadEngine engine = await TestEngines.LoadAsync(device: TestEngines.Open(device));
        using PreparedPortrait portrait = await engine.PrepareAsync(TestEngines.Portrait(), Token);

        ClipPlan plan = await engine.PlanAsync(portrait, TestEngines.Voice(frames).Duration, TestEngines.Options(), Token);

        long start = Environment.TickCount64;
        long hostBytes = 0;
        await using TalkingClip clip = engine.Speak(portrait, TestEngines.Voice(frames), TestEngines.Options());
        await foreach (VideoFrame _ in clip.WithCancellation(Token))
        {
            hostBytes = Math.Max(hostBytes, clip.HostBytes);
        }

        double seconds = (Environment.TickCount64 - start) / 1000.0;
        Assert.Equal(frames, plan.Frames);
        Assert.Equal(clip.FrameCount, plan.Frames);
        Assert.Equal(clip.Format, plan.Format);
        Assert.InRange(hostBytes, 0.75 * plan.HostBytes, 1.25 * plan.HostBytes);
        Assert.InRange(engine.Memory.Parameters + engine.Memory.Activations + portrait.DeviceBytes, 0.75 * plan.DeviceBytes, 1.25 * plan.DeviceBytes);
        Assert.InRange(seconds, plan.Total.TotalSeconds / LooseFactor, plan.Total.TotalSeconds * LooseFactor);
        Assert.InRange(plan.FirstFrame, TimeSpan.FromTicks(1), plan.Total);
    }

    [Fact]
    public async Task Costs_are_measured_once_and_a_plan_says_by_what()
    {
        await using TalkingHeadEngine engine = await TestEngines.LoadAsync();
        using PreparedPortrait portrait = await engine.PrepareAsync(TestEngines.Portrait(), Token);
        GenerationOptions others = TestEngines.Options() with { Sampling = new() { Steps = 3 } };

        ClipPlan first = await PlanAsync(engine, portrait, TestEngines.Options());
        ClipPlan second = await PlanAsync(engine, portrait, TestEngines.Options());
        ClipPlan other = await PlanAsync(engine, portrait, others);
        await engine.WarmUpAsync(portrait, others, Token);
        ClipPlan warm = await PlanAsync(engine, portrait, others);

        Assert.Equal([PlanSource.ThisPlan, PlanSource.EarlierPlan, PlanSource.ThisPlan, PlanSource.WarmUp], [first.Source, second.Source, other.Source, warm.Source]);
        Assert.True(first.FirstUse > TimeSpan.Zero, $"{first.FirstUse}");
        Assert.Equal(TimeSpan.Zero, second.FirstUse);
        Assert.Equal(first.Total, second.Total);
    }

    [Fact]
    public async Task A_plan_says_why_a_clip_does_not_stream()
    {
        await using TalkingHeadEngine engine = await TestEngines.LoadAsync();
        using PreparedPortrait portrait = await engine.PrepareAsync(TestEngines.Portrait(), Token);
        GenerationOptions streaming = TestEngines.Options();

        ClipPlan silent = await PlanAsync(engine, portrait, streaming with { Audio = new() { Silence = SilenceMode.Both } });
        ClipPlan smooth = await PlanAsync(engine, portrait, streaming with { Driving = new() { Smoothing = MotionSmoothing.Kalman } });

        Assert.True(silent.Obstacles.HasFlag(StreamingObstacles.AddedSilence));
        Assert.Equal((100, 3, 50), (silent.SilentFrames, silent.Segments, silent.Frames));
        Assert.True(smooth.Obstacles.HasFlag(StreamingObstacles.KalmanSmoothing));
        Assert.False(smooth.Obstacles.HasFlag(StreamingObstacles.AddedSilence));
    }

    [Fact]
    public async Task A_plan_of_nothing_or_after_the_end_is_refused()
    {
        TalkingHeadEngine engine = await TestEngines.LoadAsync();
        PreparedPortrait portrait = await engine.PrepareAsync(TestEngines.Portrait(), Token);

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => engine.PlanAsync(portrait, TimeSpan.Zero, cancellationToken: Token));
        await engine.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => PlanAsync(engine, portrait, TestEngines.Options()));
    }

    private static Task<ClipPlan> PlanAsync(TalkingHeadEngine engine, PreparedPortrait portrait, GenerationOptions options) =>
        engine.PlanAsync(portrait, TimeSpan.FromSeconds(2), options, Token);
}
