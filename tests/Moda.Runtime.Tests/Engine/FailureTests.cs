using Moda.Runtime.Lanes;
using Moda.Runtime.Sampling;
using Xunit;

namespace Moda.Runtime.Tests.Engine;

/// <summary>What fails for one clip is told to that clip and to nobody else, also where it shares a batch.</summary>
public sealed class FailureTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_frame_that_cannot_be_rendered_fails_its_clip_only()
    {
        await using TalkingHeadEngine engine = await TestEngines.LoadAsync(new EngineOptions { FramesPerBatch = 2 });
        using PreparedPortrait portrait = await engine.PrepareAsync(TestEngines.Portrait(), Token);
        using PreparedPortrait broken = await engine.PrepareAsync(TestEngines.Portrait(1), Token);
        LoadedPortrait lost = broken.Lease();
        lost.Free();
        using var together = new StartTogether(2);

        Task<byte[][]> failing = TestEngines.FramesAsync(engine.Speak(broken, TestEngines.Voice(1), together.Options()));
        Task<byte[][]> beside = TestEngines.FramesAsync(engine.Speak(portrait, TestEngines.Voice(1), together.Options()));

        await Assert.ThrowsAnyAsync<Exception>(() => failing);
        Assert.Single(await beside);
        lost.Release();
    }

    [Fact]
    public async Task A_segment_that_cannot_be_sampled_fails_its_clip_only()
    {
        await using TalkingHeadEngine engine = await TestEngines.LoadAsync(new EngineOptions { SegmentsPerBatch = 2 });
        using PreparedPortrait portrait = await engine.PrepareAsync(TestEngines.Portrait(), Token);
        using var together = new StartTogether(2);
        GenerationOptions unknown = together.Options() with { Emotion = (Emotion)99 };

        Task<byte[][]> failing = TestEngines.FramesAsync(engine.Speak(portrait, TestEngines.Voice(1), unknown));
        Task<byte[][]> beside = TestEngines.FramesAsync(engine.Speak(portrait, TestEngines.Voice(1), together.Options()));

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => failing);
        Assert.Single(await beside);
    }

    /// <summary>Holds clips until all of them ask for their first segment.</summary>
    private sealed class StartTogether(int clips) : IDisposable
    {
        private readonly Barrier barrier = new(clips);

        public void Dispose() => barrier.Dispose();

        public GenerationOptions Options() => TestEngines.Options() with
        {
            Noise = (segment, noise) =>
            {
                barrier.SignalAndWait(TimeSpan.FromSeconds(30));
                NoiseSources.Philox(1)(segment, noise);
            },
        };
    }
}
