using System.Diagnostics;
using System.Runtime.CompilerServices;
using Moda.Kernels.Cpu;
using Moda.Runtime.Audio;
using Moda.Runtime.Imaging;
using Moda.Runtime.Media;
using Moda.Testing;
using Moda.Weights;
using Xunit;

namespace Moda.Runtime.Tests.Engine;

/// <summary>Any order of cancel, dispose and forget is safe, and whoever waits is told.</summary>
public sealed class OwnershipTests : IAsyncLifetime
{
    /// <summary>Frames of a clip that is read to its end, where their number does not matter.</summary>
    private const int Frames = 1;

    private TalkingHeadEngine engine = null!;
    private PreparedPortrait portrait = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        engine = await TestEngines.LoadAsync(new EngineOptions { LiveClips = 1 });
        portrait = await engine.PrepareAsync(TestEngines.Portrait(), Token);
    }

    public async ValueTask DisposeAsync()
    {
        portrait.Dispose();
        await engine.DisposeAsync();
    }

    [Fact]
    public async Task Disposing_the_engine_tells_whoever_reads_and_whoever_prepares()
    {
        Task<byte[][]>[] reading = [.. Enumerable.Range(0, 3).Select(_ => TestEngines.FramesAsync(Speak(frames: 100)))];
        await Task.Delay(200, Token);
        Task<PreparedPortrait> preparing = engine.PrepareAsync(TestEngines.Portrait(1), Token);

        await engine.DisposeAsync();

        foreach (Task<byte[][]> clip in reading)
        {
            await Assert.ThrowsAsync<ObjectDisposedException>(() => clip.WaitAsync(TimeSpan.FromSeconds(10), Token));
        }

        Exception? told = await Record.ExceptionAsync(() => preparing.WaitAsync(TimeSpan.FromSeconds(10), Token));
        Assert.True(told is null or ObjectDisposedException, $"{told}");
        Assert.Throws<ObjectDisposedException>(() => Speak());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => engine.PrepareAsync(TestEngines.Portrait(), Token));
        await engine.DisposeAsync();
    }

    [Fact]
    public async Task Twenty_engines_are_disposed_under_a_running_clip()
    {
        for (int round = 0; round < 20; round++)
        {
            TalkingHeadEngine own = await TestEngines.LoadAsync(new EngineOptions { RenderLanes = round % 2 == 0 ? null : 2 });
            PreparedPortrait ownPortrait = await own.PrepareAsync(TestEngines.Portrait(), Token);
            Task<byte[][]> reading = TestEngines.FramesAsync(own.Speak(ownPortrait, TestEngines.Voice(100), TestEngines.Options()));
            await Task.Delay(round * 30, Token);

            await own.DisposeAsync();

            await Assert.ThrowsAsync<ObjectDisposedException>(() => reading.WaitAsync(TimeSpan.FromSeconds(10), Token));
            ownPortrait.Dispose();
        }
    }

    [Fact]
    public async Task A_clip_that_is_disposed_by_another_thread_tells_its_reader()
    {
        TalkingClip clip = Speak(frames: 100);
        Task<byte[][]> reading = TestEngines.FramesAsync(clip);
        await Task.Delay(50, Token);

        await clip.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => reading.WaitAsync(TimeSpan.FromSeconds(5), Token));
        await clip.DisposeAsync();
        Assert.Single(await TestEngines.FramesAsync(Speak()));
    }

    [Fact]
    public async Task A_clip_is_read_once()
    {
        TalkingClip clip = Speak();
        Assert.Single(await TestEngines.FramesAsync(clip));

        await Assert.ThrowsAsync<InvalidOperationException>(() => TestEngines.FramesAsync(clip));
    }

    [Fact]
    public async Task A_second_reader_is_refused_and_does_not_disturb_the_first()
    {
        TalkingClip clip = Speak(frames: 2);
        await using IAsyncEnumerator<VideoFrame> first = clip.GetAsyncEnumerator(Token);
        Assert.True(await first.MoveNextAsync());

        await Assert.ThrowsAsync<InvalidOperationException>(() => TestEngines.FramesAsync(clip));

        Assert.True(await first.MoveNextAsync());
        Assert.False(await first.MoveNextAsync());
    }

    [Fact]
    public async Task A_live_clip_that_waits_for_its_place_is_told_why_it_ends()
    {
        GenerationOptions live = TestEngines.Options() with { Pace = Pace.Live, WhenFull = WhenFull.Wait };
        await using TalkingClip first = engine.Speak(portrait, TestEngines.Voice(Frames), live with { WhenFull = WhenFull.Refuse });
        TalkingClip[] clips = [.. Enumerable.Range(0, 3).Select(_ => engine.Speak(portrait, TestEngines.Voice(Frames), live))];
        using var stop = new CancellationTokenSource();
        Task<byte[][]>[] reading = [.. clips.Select((clip, number) => TestEngines.FramesAsync(clip, number == 1 ? stop.Token : Token))];

        await clips[0].DisposeAsync();
        await stop.CancelAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => reading[0].WaitAsync(TimeSpan.FromSeconds(5), Token));
        OperationCanceledException told = await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => reading[1].WaitAsync(TimeSpan.FromSeconds(5), Token));
        Assert.Equal(stop.Token, told.CancellationToken);

        await engine.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => reading[2].WaitAsync(TimeSpan.FromSeconds(5), Token));
        Assert.Equal(0, engine.LiveClips);
    }

    [Fact]
    public async Task Memory_may_be_asked_for_while_forwards_are_planned()
    {
        using var asked = new CancellationTokenSource();
        Task asking = Task.Run(
            () =>
            {
                while (!asked.IsCancellationRequested)
                {
                    Assert.True(engine.Memory.Lanes >= 0);
                }
            },
            Token);
        var still = new NoFrames();
        for (int steps = 2; steps < 12; steps++)
        {
            GenerationOptions options = TestEngines.Options() with { Observer = still };
            Assert.Empty(await TestEngines.FramesAsync(engine.Speak(
                portrait, TestEngines.Voice(Frames), options with { Sampling = options.Sampling with { Steps = steps } })));
        }

        await asked.CancelAsync();
        await asking;
    }

    [Fact]
    public async Task A_face_is_not_looked_for_after_the_end()
    {
        using var device = new CpuDevice();
        TalkingHeadEngine own = await TestEngines.LoadAsync(device: device.CreateQueue());
        RgbImage image = ImageFile.Load(TestData.Path("assets", "portrait.png"));
        Task<PreparedPortrait>[] preparing = [.. Enumerable.Range(0, 3).Select(_ => own.PrepareAsync(image, cancellationToken: Token))];
        await Task.Delay(50, Token);

        await own.DisposeAsync();

        foreach (Task<PreparedPortrait> portraits in preparing)
        {
            await Assert.ThrowsAsync<ObjectDisposedException>(() => portraits.WaitAsync(TimeSpan.FromSeconds(10), Token));
        }

        await Assert.ThrowsAsync<ObjectDisposedException>(() => own.PrepareAsync(image, cancellationToken: Token));
        Assert.Equal(0, device.AllocatedBytes);
    }

    [Fact]
    public async Task Disposal_does_not_wait_for_a_warm_up_to_end()
    {
        TalkingHeadEngine own = await TestEngines.LoadAsync(new EngineOptions { SegmentsPerBatch = 16, FramesPerBatch = 64 });
        PreparedPortrait ownPortrait = await own.PrepareAsync(TestEngines.Portrait(), Token);
        Task warming = own.WarmUpAsync(ownPortrait, TestEngines.Options() with { Sampling = new() { Steps = 50 } }, Token);
        await Task.Delay(300, Token);

        var taken = Stopwatch.StartNew();
        await own.DisposeAsync();

        Assert.InRange(taken.Elapsed.TotalSeconds, 0, 5);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => warming);
    }

    [Fact]
    public async Task Disposal_that_gives_up_releases_the_memory_later()
    {
        using var device = new CpuDevice();
        TalkingHeadEngine own = await TestEngines.LoadAsync(
            new EngineOptions { DisposalTimeout = TimeSpan.FromMilliseconds(200) }, device.CreateQueue());
        PreparedPortrait ownPortrait = await own.PrepareAsync(TestEngines.Portrait(), Token);
        using var hold = new HoldFrames();
        Task<byte[][]> reading = TestEngines.FramesAsync(
            own.Speak(ownPortrait, TestEngines.Voice(1), TestEngines.Options() with { Observer = hold }));
        Assert.True(hold.Reached.Wait(TimeSpan.FromSeconds(30), Token));

        TimeoutException late = await Assert.ThrowsAsync<TimeoutException>(() => own.DisposeAsync().AsTask());
        Assert.Contains("has not ended its work", late.Message);
        Assert.True(device.AllocatedBytes > 0, "memory was released under a thread that uses it");
        await Assert.ThrowsAsync<ObjectDisposedException>(() => reading);
        hold.Go.Set();

        await TestEngines.UntilAsync(() => device.AllocatedBytes == 0);
    }

    [Fact]
    public async Task Progress_that_blocks_or_throws_concerns_its_clip_only()
    {
        using var go = new ManualResetEventSlim();
        var blocking = new ReportTo(() => go.Wait(CancellationToken.None));
        var failing = new ReportTo(() => throw new IOException("no paper"));
        Task<byte[][]> blocked = TestEngines.FramesAsync(engine.Speak(portrait, TestEngines.Voice(1), TestEngines.Options(), blocking));
        Task<byte[][]> failed = TestEngines.FramesAsync(engine.Speak(portrait, TestEngines.Voice(1), TestEngines.Options(), failing));

        Assert.Single(await TestEngines.FramesAsync(Speak()));
        await Assert.ThrowsAsync<IOException>(() => failed);
        Assert.False(blocked.IsCompleted);
        go.Set();
        Assert.Single(await blocked);
    }

    [Fact]
    public async Task A_load_that_is_cancelled_leaves_nothing_behind()
    {
        using WeightSet weights = WeightSet.Synthetic(WeightPreset.Tiny, seed: 0);
        using var stop = new CancellationTokenSource();
        using var device = new CpuDevice();
        Task<TalkingHeadEngine> loading = TalkingHeadEngine.LoadAsync(
            weights, device.CreateQueue(), new EngineOptions { RenderLanes = 2 }, new ReportTo(stop.Cancel), stop.Token);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => loading);

        Assert.Equal(0, device.AllocatedBytes);
    }

    [Fact]
    public async Task A_clip_outlives_its_portrait()
    {
        PreparedPortrait own = await engine.PrepareAsync(TestEngines.Portrait(5), Token);
        TalkingClip clip = engine.Speak(own, TestEngines.Voice(Frames), TestEngines.Options());
        own.Dispose();

        Assert.Single(await TestEngines.FramesAsync(clip));

        await TestEngines.UntilAsync(() => engine.Memory.PortraitCount == 1);
        Assert.Throws<ObjectDisposedException>(() => engine.Speak(own, TestEngines.Voice(Frames)));
    }

    [Fact]
    public async Task What_is_forgotten_is_released()
    {
        await ForgetAsync();

        await TestEngines.UntilAsync(() =>
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            return engine.Memory is { ClipCount: 0, PortraitCount: 1 };
        });
    }

    [Fact]
    public async Task A_reader_that_stops_reading_holds_up_nobody()
    {
        const int ahead = 2;
        await using TalkingClip stalled = engine.Speak(portrait, TestEngines.Voice(100), TestEngines.Options() with { FramesAhead = ahead });
        await using IAsyncEnumerator<VideoFrame> reader = stalled.GetAsyncEnumerator(Token);
        Assert.True(await reader.MoveNextAsync());
        await Task.Delay(500, Token);
        long before = engine.Scheduler.FrameBatches.Elements;

        Assert.Single(await TestEngines.FramesAsync(Speak()));

        long rendered = engine.Scheduler.FrameBatches.Elements - before;
        Assert.InRange(rendered, Frames, Frames + ahead);
        Assert.InRange(stalled.HostBytes, 1, 20_000_000);
    }

    [Fact]
    public async Task A_voice_that_never_comes_does_not_hold_its_clip()
    {
        await using var voice = new SilentReader();
        TalkingClip clip = engine.Speak(portrait, voice, TestEngines.Options());
        Task<byte[][]> reading = TestEngines.FramesAsync(clip);
        await Task.Delay(100, Token);

        await clip.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(5), Token);

        await Assert.ThrowsAsync<ObjectDisposedException>(() => reading);
        Assert.Single(await TestEngines.FramesAsync(Speak()));
        voice.Release();
    }

    [Fact]
    public async Task An_error_of_the_voice_reaches_the_reader_and_nobody_else()
    {
        GenerationOptions broken = TestEngines.Options() with { Noise = (_, _) => throw new IOException("no more noise") };
        Task<byte[][]> beside = TestEngines.FramesAsync(Speak());

        IOException error = await Assert.ThrowsAsync<IOException>(
            () => TestEngines.FramesAsync(engine.Speak(portrait, TestEngines.Voice(Frames), broken)));

        Assert.Equal("no more noise", error.Message);
        Assert.Single(await beside);
    }

    [Fact]
    public async Task One_more_live_clip_is_refused_or_waits_as_asked()
    {
        GenerationOptions live = TestEngines.Options() with { Pace = Pace.Live };
        TalkingClip first = engine.Speak(portrait, TestEngines.Voice(100), live);

        EngineFullException refused = Assert.Throws<EngineFullException>(() => engine.Speak(portrait, TestEngines.Voice(Frames), live));
        Task<byte[][]> waiting = TestEngines.FramesAsync(engine.Speak(portrait, TestEngines.Voice(Frames), live with { WhenFull = WhenFull.Wait }));
        await Task.Delay(100, Token);

        Assert.Equal(1, refused.LiveClips);
        Assert.False(waiting.IsCompleted);
        await first.DisposeAsync();
        Assert.Single(await waiting);
        Assert.Equal(0, engine.LiveClips);
    }

    [Fact]
    public async Task A_live_clip_that_was_never_read_gives_its_place_back()
    {
        await engine.Speak(portrait, TestEngines.Voice(Frames), TestEngines.Options() with { Pace = Pace.Live }).DisposeAsync();

        Assert.Equal(0, engine.LiveClips);
    }

    [Fact]
    public async Task No_member_computes_on_its_callers_thread()
    {
        using WeightSet weights = WeightSet.Synthetic(WeightPreset.Tiny, seed: 0);
        RgbImage image = ImageFile.Load(TestData.Path("assets", "portrait.png"));
        var start = new CallerTime();

        Task<TalkingHeadEngine> loading = TalkingHeadEngine.LoadAsync(weights, new CpuDevice(), cancellationToken: Token);
        start.AssertSoon();
        await using TalkingHeadEngine own = await loading;

        start = new CallerTime();
        Task<PreparedPortrait> preparing = own.PrepareAsync(image, cancellationToken: Token);
        start.AssertSoon();
        using PreparedPortrait found = await preparing;

        start = new CallerTime();
        Task warming = own.WarmUpAsync(found, TestEngines.Options(), Token);
        start.AssertSoon();
        await warming;

        start = new CallerTime();
        await using TalkingClip clip = own.Speak(found, TestEngines.Voice(Frames), TestEngines.Options());
        IAsyncEnumerator<VideoFrame> frames = clip.GetAsyncEnumerator(Token);
        ValueTask<bool> first = frames.MoveNextAsync();
        start.AssertSoon();
        Assert.True(await first);
        await frames.DisposeAsync();
    }

    [Fact]
    public async Task Foreign_portraits_and_missing_networks_are_refused_at_once()
    {
        await using TalkingHeadEngine other = await TestEngines.LoadAsync();

        Assert.Contains("another engine", Assert.Throws<ArgumentException>(() => other.Speak(portrait, TestEngines.Voice(Frames))).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => engine.Speak(portrait, TestEngines.Voice(Frames), new GenerationOptions { FramesAhead = 0 }));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => TestEngines.LoadAsync(new EngineOptions { SegmentsPerBatch = 3 }));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(
            () => TestEngines.LoadAsync(new EngineOptions { DisposalTimeout = TimeSpan.MaxValue }));
    }

    private TalkingClip Speak(int frames = Frames) =>
        engine.Speak(portrait, TestEngines.Voice(frames), TestEngines.Options());

    // In a method of its own, so that nothing on this thread's stack holds what is forgotten.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private async Task ForgetAsync()
    {
        PreparedPortrait forgotten = await engine.PrepareAsync(TestEngines.Portrait(9), Token);
        _ = engine.Speak(forgotten, TestEngines.Voice(Frames), TestEngines.Options());
        IAsyncEnumerator<VideoFrame> begun = Speak(frames: 100).GetAsyncEnumerator(Token);
        Assert.True(await begun.MoveNextAsync());
    }

    private sealed class ReportTo(Action report) : IProgress<GenerationProgress>
    {
        public void Report(GenerationProgress value) => report();
    }

    /// <summary>A voice that blocks the thread that reads it, whatever is cancelled.</summary>
    private sealed class SilentReader : ISampleReader
    {
        private readonly ManualResetEventSlim released = new();

        public string Description => "silence";

        public int SampleRate => Waveform.SampleRate;

        public ValueTask<int> ReadAsync(Memory<float> destination, CancellationToken cancellationToken = default)
        {
            released.Wait(CancellationToken.None);
            return ValueTask.FromResult(0);
        }

        public void Release() => released.Set();

        public ValueTask DisposeAsync()
        {
            released.Set();
            return ValueTask.CompletedTask;
        }
    }
}
