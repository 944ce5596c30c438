using System.Diagnostics;
using System.Runtime.CompilerServices;
using Moda.Kernels.Cpu;
using Moda.Runtime.Imaging;
using Moda.Runtime.Options;
using Moda.Testing;
using Moda.Weights;
using Moda.Weights.Sets;
using Xunit;

namespace Moda.Runtime.Tests.Engine;

/// <summary>Engines and portraits may be cancelled, disposed and forgotten in any order, and whoever waits is told.</summary>
public sealed class OwnershipTests : EngineTests
{
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
            TalkingHeadEngine own = await TestEngines.LoadAsync(new EngineOptions { RenderWorkers = round % 2 == 0 ? null : 2 });
            PreparedPortrait ownPortrait = await own.PrepareAsync(TestEngines.Portrait(), Token);
            Task<byte[][]> reading = TestEngines.FramesAsync(own.Speak(ownPortrait, TestEngines.Voice(100), TestEngines.Options()));
            await Task.Delay(round * 30, Token);

            await own.DisposeAsync();

            await Assert.ThrowsAsync<ObjectDisposedException>(() => reading.WaitAsync(TimeSpan.FromSeconds(10), Token));
            ownPortrait.Dispose();
        }
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
                    Assert.True(engine.Memory.Activations >= 0);
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
        Task<PreparedPortrait>[] preparing = [.. Enumerable.Range(0, 40).Select(_ => own.PrepareAsync(image, cancellationToken: Token))];
        await Task.Delay(50, Token);

        await own.DisposeAsync();

        // A fast machine has found some of the faces before that.
        await Task.WhenAny(Task.WhenAll(preparing), Task.Delay(TimeSpan.FromSeconds(10), Token));
        Assert.All(preparing, task => Assert.True(task.IsCompletedSuccessfully || task.Exception?.InnerException is ObjectDisposedException));
        Assert.Contains(preparing, task => task.IsFaulted);
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
    public async Task A_load_that_is_cancelled_leaves_nothing_behind()
    {
        using WeightSet weights = WeightSet.Synthetic(WeightPreset.Tiny, seed: 0);
        using var stop = new CancellationTokenSource();
        using var device = new CpuDevice();
        Task<TalkingHeadEngine> loading = TalkingHeadEngine.LoadAsync(
            weights, device.CreateQueue(), new EngineOptions { RenderWorkers = 2 }, new ReportTo(stop.Cancel), stop.Token);

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

    // In a method of its own, so that nothing on this thread's stack holds what is forgotten.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private async Task ForgetAsync()
    {
        PreparedPortrait forgotten = await engine.PrepareAsync(TestEngines.Portrait(9), Token);
        _ = engine.Speak(forgotten, TestEngines.Voice(Frames), TestEngines.Options());
        IAsyncEnumerator<VideoFrame> begun = Speak(frames: 100).GetAsyncEnumerator(Token);
        Assert.True(await begun.MoveNextAsync());
    }
}
