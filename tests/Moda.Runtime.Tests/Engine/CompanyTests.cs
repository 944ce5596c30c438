using Moda.Runtime.Options;
using Moda.Runtime.Scheduling;
using Xunit;

namespace Moda.Runtime.Tests.Engine;

/// <summary>A clip has the same bytes whether it runs alone, beside others, or as one element of a batch.</summary>
public sealed class CompanyTests
{
    /// <summary>Portraits of clips that survive, and of those that are killed beside them.</summary>
    private const int KilledClips = 6;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>The devices that tests run on.</summary>
    public static TheoryData<string> Devices => [.. TestEngines.DeviceNames];

    /// <summary>Device, clips, frames of each, frames of a batch, lanes of rendering.</summary>
    public static TheoryData<string, int, int, int, int?> Companies => new(
        from device in TestEngines.DeviceNames
        from company in ((int Clips, int Frames, int FramesPerBatch, int? RenderWorkers)[])[(8, 1, 4, null), (3, 2, 3, 2)]
        select (device, company.Clips, FramesOn(device, company.Frames), company.FramesPerBatch, company.RenderWorkers));

    [Theory]
    [MemberData(nameof(Companies))]
    public async Task Clips_at_once_are_clips_one_by_one_to_the_byte(string device, int clips, int frames, int framesPerBatch, int? renderLanes)
    {
        var options = new EngineOptions { FramesPerBatch = framesPerBatch, SegmentsPerBatch = 8, RenderWorkers = renderLanes };
        await using TalkingHeadEngine engine = await TestEngines.LoadAsync(options, TestEngines.Open(device));
        PreparedPortrait[] portraits = await PortraitsAsync(engine, clips);
        var alone = new byte[clips][][];
        for (int clip = 0; clip < clips; clip++)
        {
            alone[clip] = await ClipAsync(engine, portraits, clip, frames);
        }

        BatchCounts segments = engine.Scheduler.SegmentBatches;
        long framesBefore = engine.Scheduler.FrameBatches.Batches;
        long segmentsAlone = segments.Elements - segments.Batches;
        using var start = new StartTogether(engine, clips);
        byte[][][] together = await Task.WhenAll(Enumerable.Range(0, clips).Select(
            clip => ClipAsync(engine, portraits, clip, frames, start.Noise((ulong)clip))));

        Assert.Equal(alone, together);
        Assert.Equal(clips, alone.Select(frames => Convert.ToHexString(frames[0])).Distinct().Count());
        long batches = engine.Scheduler.FrameBatches.Batches - framesBefore;
        Assert.True(batches < clips * frames, $"{batches} batches held one frame each");
        Assert.True(segments.Elements - segments.Batches > segmentsAlone, "no two segments were sampled together");
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public async Task Clips_that_are_killed_leave_the_bytes_of_the_others_alone(string device)
    {
        var options = new EngineOptions { FramesPerBatch = 4, SegmentsPerBatch = 4, RenderWorkers = 2 };
        int frames = FramesOn(device, TestEngines.SpeechFrames);
        await using TalkingHeadEngine engine = await TestEngines.LoadAsync(options, TestEngines.Open(device));
        PreparedPortrait[] portraits = await PortraitsAsync(engine, 2 + KilledClips);
        byte[][] first = await ClipAsync(engine, portraits, 0, frames);
        byte[][] second = await ClipAsync(engine, portraits, 1, frames);
        using var killing = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task kills = KillAsync(engine, portraits, kills: 20, killing.Token);

        byte[][][] survivors = await Task.WhenAll(ClipAsync(engine, portraits, 0, frames), ClipAsync(engine, portraits, 1, frames));
        await kills;

        Assert.Equal(first, survivors[0]);
        Assert.Equal(second, survivors[1]);
        Assert.Equal(first, await ClipAsync(engine, portraits, 0, frames));
        await TestEngines.UntilAsync(() => engine.Memory.ClipCount == 0);
    }

    [Fact]
    public async Task A_warm_engine_gives_the_same_bytes_and_knows_its_capacity()
    {
        await using TalkingHeadEngine engine = await TestEngines.LoadAsync(new EngineOptions { FramesPerBatch = 2, SegmentsPerBatch = 2 });
        PreparedPortrait[] portraits = await PortraitsAsync(engine, count: 1);
        byte[][] cold = await ClipAsync(engine, portraits, 0);
        int reads = 0;

        await engine.WarmUpAsync(portraits[0], TestEngines.Options() with { Noise = (_, _) => reads++ }, Token);

        Assert.Equal(0, reads);
        Assert.Equal(cold, await ClipAsync(engine, portraits, 0));
        Assert.NotNull(engine.Capacity);
        Assert.True(engine.Capacity is { FramesPerSecond: > 0, SegmentsPerSecond: > 0, VoiceRate: > 0 }, $"{engine.Capacity}");
    }

    // On a GPU a frame takes a millisecond: several segments of motion there.
    private static int FramesOn(string device, int frames) => device == "cpu" ? frames : 70;

    private static async Task<PreparedPortrait[]> PortraitsAsync(TalkingHeadEngine engine, int count)
    {
        var portraits = new PreparedPortrait[count];
        for (int clip = 0; clip < count; clip++)
        {
            portraits[clip] = await engine.PrepareAsync(TestEngines.Portrait(seed: clip), Token);
        }

        return portraits;
    }

    // Each clip has a portrait, a voice, a seed, an emotion and a guidance of its own. One of them is not guided at all; every third has a
    // scale for its emotion.
    private static Task<byte[][]> ClipAsync(
        TalkingHeadEngine engine, PreparedPortrait[] portraits, int clip, int frames = TestEngines.SpeechFrames, NoiseSource? noise = null)
    {
        GenerationOptions options = TestEngines.Options(seed: (ulong)clip);
        return TestEngines.FramesAsync(engine.Speak(
            portraits[clip],
            TestEngines.Voice(frames, pitch: 0.03f + (0.01f * clip)),
            options with
            {
                Noise = noise,
                Emotion = (Emotion)clip,
                Sampling = options.Sampling with { GuidanceScale = clip == 5 ? 1 : 1.2f + (0.1f * clip), EmotionScale = clip % 3 == 0 ? 3 + clip : null },
                PasteBack = clip == 6 ? PasteBackMode.None : PasteBackMode.Feather,
                Driving = new DrivingOptions { Multiplier = 1 + (0.05f * clip) },
            }));
    }

    // Cancels, disposes or leaves clips at moments that differ.
    private static async Task KillAsync(TalkingHeadEngine engine, PreparedPortrait[] portraits, int kills, CancellationToken cancellationToken)
    {
        var random = new Random(7);
        for (int kill = 0; kill < kills; kill++)
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            TalkingClip clip = engine.Speak(portraits[2 + (kill % KilledClips)], TestEngines.Voice(frames: 100), TestEngines.Options((ulong)kill));
            Task<byte[][]> reading = TestEngines.FramesAsync(clip, stop.Token);
            await Task.Delay(random.Next(60), cancellationToken);
            if (kill % 3 == 0)
            {
                await stop.CancelAsync();
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
            }
            else if (kill % 3 == 1)
            {
                await clip.DisposeAsync();
                await Assert.ThrowsAsync<ObjectDisposedException>(() => reading);
            }
            else
            {
                // Nobody waits for it; it is cancelled at the end, so that the engine can be seen to be empty.
                _ = reading.ContinueWith(static left => left.Exception, TaskScheduler.Default);
                await clip.DisposeAsync();
            }
        }
    }
}
