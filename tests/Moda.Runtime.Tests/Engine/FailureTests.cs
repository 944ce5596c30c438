using Moda.Runtime.Lanes;
using Moda.Runtime.Motion;
using Moda.Runtime.Sampling;
using Moda.Runtime.Scheduling;
using Moda.Weights;
using Xunit;

namespace Moda.Runtime.Tests.Engine;

/// <summary>What fails for one clip is told to that clip and to nobody else, also where it shares a batch.</summary>
public sealed class FailureTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_frame_that_cannot_be_rendered_fails_its_clip_only()
    {
        await using TalkingHeadEngine engine = await TestEngines.LoadAsync(new EngineOptions { FramesPerBatch = 2, RenderLanes = 1 });
        using PreparedPortrait portrait = await engine.PrepareAsync(TestEngines.Portrait(), Token);
        using PreparedPortrait broken = await engine.PrepareAsync(TestEngines.Portrait(1), Token);
        LoadedPortrait lost = broken.Lease();
        lost.Free();
        using var hold = new HoldFrames();
        Task<byte[][]> holding = Read(engine, portrait, TestEngines.Options() with { Observer = hold });
        Assert.True(hold.Reached.Wait(TimeSpan.FromSeconds(60), Token));

        // While the thread that renders is held, both clips come to have a frame to render.
        Task<byte[][]> failing = Read(engine, broken, TestEngines.Options());
        Task<byte[][]> beside = Read(engine, portrait, TestEngines.Options());
        await TestEngines.UntilAsync(() => engine.Scheduler.SegmentBatches.Elements == 3);
        await Task.Delay(300, Token);
        hold.Go.Set();

        await Assert.ThrowsAnyAsync<Exception>(() => failing);
        Assert.Single(await beside);
        Assert.Single(await holding);
        lost.Release();
    }

    [Fact]
    public async Task A_segment_that_cannot_be_sampled_fails_its_clip_only()
    {
        using WeightSet weights = WeightSet.Synthetic(WeightPreset.Tiny, seed: 0);
        using EngineLanes lanes = EngineLanes.Open(weights, TestEngines.Open("cpu"), new EngineOptions { SegmentsPerBatch = 2 }, () => { });
        using var go = new ManualResetEventSlim();
        var hold = new LaneJob<bool>((_, cancellation) => go.Wait(TimeSpan.FromSeconds(60), cancellation), Token);
        lanes.Scheduler.Submit(lanes.MotionWork, hold);
        var failing = new SegmentOrder(new FakeClip(isLive: false), Segment(lanes, keypoints: 3), submitted: 0);
        var beside = new SegmentOrder(new FakeClip(isLive: false), Segment(lanes, keypoints: MotionLayout.KeypointLength), submitted: 0);
        lanes.Scheduler.Submit(failing);
        lanes.Scheduler.Submit(beside);

        // The thread finds both when the job before them is done.
        go.Set();

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => failing.Result.WaitAsync(TimeSpan.FromSeconds(60), Token));
        await beside.Result.WaitAsync(TimeSpan.FromSeconds(60), Token);
        Assert.Contains(beside.Segment.Motion.ToArray(), value => value != 0);
        await lanes.StopAsync();
    }

    private static SegmentInput Segment(EngineLanes lanes, int keypoints)
    {
        int frames = lanes.Networks.MotionGenerator.Frames;
        float[] noise = new float[frames * MotionLayout.Width];
        NoiseSources.Philox(seed: 1)(0, noise);
        return new SegmentInput
        {
            Options = new MotionSamplingOptions { Steps = 2 },
            Emotion = 0,
            Keypoints = new float[keypoints],
            AudioTokens = new float[frames * lanes.Networks.MotionGenerator.Channels],
            PreviousMotion = new float[MotionLayout.Width],
            Noise = noise,
            Motion = new float[noise.Length],
        };
    }

    private static Task<byte[][]> Read(TalkingHeadEngine engine, PreparedPortrait portrait, GenerationOptions options) =>
        TestEngines.FramesAsync(engine.Speak(portrait, TestEngines.Voice(frames: 1), options));
}
