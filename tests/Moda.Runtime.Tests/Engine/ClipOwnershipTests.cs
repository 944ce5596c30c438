using Moda.Runtime.Audio;
using Moda.Runtime.Imaging;
using Moda.Runtime.Options;
using Xunit;

namespace Moda.Runtime.Tests.Engine;

/// <summary>A clip may end in any way: its reader is told, its place is free again, and no other clip notices.</summary>
public sealed class ClipOwnershipTests : EngineTests
{
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
