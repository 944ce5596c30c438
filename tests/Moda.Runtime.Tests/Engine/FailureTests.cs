using Moda.Runtime.Lanes;
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
        Task<byte[][]> holding = Read(engine, portrait, TestEngines.Options() with { Inspection = hold });
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
        await using TalkingHeadEngine engine = await TestEngines.LoadAsync(new EngineOptions { SegmentsPerBatch = 2 });
        using PreparedPortrait portrait = await engine.PrepareAsync(TestEngines.Portrait(), Token);

        // A job comes first: both segments are there when it is done.
        using var together = new StartTogether(clips: 2, () => engine.PrepareAsync(TestEngines.Portrait(), Token));
        GenerationOptions options = TestEngines.Options() with { Noise = together.Noise(seed: 1) };
        Task<byte[][]> failing = Read(engine, portrait, options with { Emotion = (Emotion)99 });
        Task<byte[][]> beside = Read(engine, portrait, options);

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => failing);
        Assert.Single(await beside);
    }

    private static Task<byte[][]> Read(TalkingHeadEngine engine, PreparedPortrait portrait, GenerationOptions options) =>
        TestEngines.FramesAsync(engine.Speak(portrait, TestEngines.Voice(frames: 1), options));
}
