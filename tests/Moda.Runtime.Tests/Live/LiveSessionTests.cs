using Moda.Runtime.Audio;
using Moda.Runtime.Media;
using Moda.Runtime.Observation;
using Moda.Runtime.Options;
using Moda.Runtime.Tests.Engine;
using Xunit;

namespace Moda.Runtime.Tests.Live;

/// <summary>A live session gives frames for as long as somebody reads, says what is written, and ends in any way without harm.</summary>
public sealed class LiveSessionTests : EngineTests
{
    private const int FrameLength = AudioPreparation.SamplesPerFrame;

    // Frames take a third of a second each, so of most only the motion is made.
    private static readonly LiveOptions Options = new()
    {
        Generation = TestEngines.Options() with { PasteBack = PasteBackMode.None, Observer = new EveryFifth() },
        Advance = 2,
        LookAhead = 2,
        Buffer = TimeSpan.FromSeconds(1),
    };

    [Fact]
    public async Task A_session_says_what_is_written_between_silences()
    {
        const int spoken = 4;
        LiveOptions all = Options with { Generation = Options.Generation with { Observer = null } };
        await using LiveSession session = engine.OpenLive(portrait, all);
        await session.WriteAsync(TestEngines.Voice(spoken).Samples, Token);
        session.EndUtterance();
        List<LiveFrame> frames = [];
        await foreach (LiveFrame frame in session.WithCancellation(Token))
        {
            frames.Add(frame with { Image = frame.Image with { Pixels = default } });
            if (frames.Count > 1 && frame.AudioPosition is null && frames[^2].AudioPosition is not null)
            {
                break;
            }
        }

        Assert.Equal(
            [.. Enumerable.Range(0, spoken).Select(index => (long?)(index * FrameLength))],
            frames.Select(frame => frame.AudioPosition).Where(position => position is not null));
        Assert.Equal(Enumerable.Range(0, frames.Count), frames.Select(frame => frame.Image.Index));
        Assert.All(frames, frame => Assert.Equal(TimeSpan.FromSeconds(frame.Image.Index / 25.0), frame.Image.Timestamp));
        Assert.Equal(new VideoFormat(512, 512, 25), session.Format);
    }

    [Fact]
    public async Task An_interrupted_session_falls_silent_and_speaks_again()
    {
        const int written = 200;
        await using LiveSession session = engine.OpenLive(portrait, Options with { Buffer = TimeSpan.FromSeconds(20) });
        await session.WriteAsync(TestEngines.Voice(written).Samples, Token);
        bool isInterrupted = false;
        int late = 0;
        await foreach (LiveFrame frame in session.WithCancellation(Token))
        {
            late += isInterrupted && frame.AudioPosition < written * FrameLength ? 1 : 0;
            if (frame.AudioPosition is not null && !isInterrupted)
            {
                isInterrupted = true;
                session.Interrupt();
                await session.WriteAsync(TestEngines.Voice(10).Samples, Token);
                session.EndUtterance();
            }

            if (frame.AudioPosition >= written * FrameLength)
            {
                break;
            }
        }

        // Every fifth frame is read: what was rendered already, and what was made for it.
        Assert.InRange(late, 0, 8);
    }

    [Fact]
    public async Task A_session_takes_a_live_place_until_it_ends()
    {
        LiveSession session = engine.OpenLive(portrait, Options);

        Assert.Equal(1, engine.LiveClips);
        Assert.Throws<EngineFullException>(() => engine.OpenLive(portrait, Options));
        await session.DisposeAsync();

        Assert.Equal(0, engine.LiveClips);
        await engine.OpenLive(portrait, Options).DisposeAsync();
    }

    [Fact]
    public async Task Reader_and_writer_of_a_disposed_session_are_told()
    {
        LiveSession session = engine.OpenLive(portrait, Options);
        Task reading = Task.Run(
            async () =>
            {
                await foreach (LiveFrame _ in session.WithCancellation(Token))
                {
                }
            },
            Token);
        await Task.Delay(100, Token);
        Task writing = session.WriteAsync(TestEngines.Voice(1000).Samples, Token).AsTask();
        await Task.Delay(100, Token);
        Assert.False(writing.IsCompleted);

        await session.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => reading.WaitAsync(TimeSpan.FromSeconds(5), Token));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => writing.WaitAsync(TimeSpan.FromSeconds(5), Token));
        Assert.Throws<ObjectDisposedException>(session.EndUtterance);
        Assert.Throws<ObjectDisposedException>(session.Interrupt);
        await session.DisposeAsync();
    }

    [Fact]
    public async Task A_writer_of_a_session_that_nobody_reads_is_told_of_its_end()
    {
        LiveSession session = engine.OpenLive(portrait, Options);
        Task writing = session.WriteAsync(TestEngines.Voice(1000).Samples, Token).AsTask();

        await engine.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => writing.WaitAsync(TimeSpan.FromSeconds(5), Token));
        await session.DisposeAsync();
    }

    [Fact]
    public async Task Leaving_or_cancelling_the_reading_ends_the_session()
    {
        LiveSession left = engine.OpenLive(portrait, Options);
        await foreach (LiveFrame _ in left.WithCancellation(Token))
        {
            break;
        }

        await Assert.ThrowsAsync<ObjectDisposedException>(() => left.WriteAsync(new float[FrameLength], Token).AsTask());
        await TestEngines.UntilAsync(() => engine.LiveClips == 0);
        using var stop = new CancellationTokenSource();
        LiveSession cancelled = engine.OpenLive(portrait, Options);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (LiveFrame _ in cancelled.WithCancellation(stop.Token))
            {
                await stop.CancelAsync();
            }
        });
        await TestEngines.UntilAsync(() => engine.LiveClips == 0);
    }

    [Theory]
    [InlineData(0, 2, 1)]
    [InlineData(17, 2, 1)]
    [InlineData(4, 1, 1)]
    [InlineData(4, 2, 0.5)]
    [InlineData(4, 2, double.NaN)]
    public void Options_out_of_range_are_refused(int advance, int lookAhead, double buffer) =>
        Assert.ThrowsAny<ArgumentException>(() => engine.OpenLive(
            portrait, new LiveOptions { Advance = advance, LookAhead = lookAhead, Buffer = double.IsNaN(buffer) ? TimeSpan.MaxValue : TimeSpan.FromSeconds(buffer) }));

    [Fact]
    public void Smoothing_that_needs_the_whole_motion_is_refused()
    {
        var options = new LiveOptions { Generation = new GenerationOptions { Driving = new DrivingOptions { Smoothing = MotionSmoothing.Kalman } } };

        ArgumentException told = Assert.Throws<ArgumentException>(() => engine.OpenLive(portrait, options));

        Assert.Contains(nameof(MotionSmoothing.ExponentialMovingAverage), told.Message, StringComparison.Ordinal);
        Assert.Equal(0, engine.LiveClips);
    }

    private sealed class EveryFifth : ClipObserver
    {
        public override IReadOnlySet<int> Frames { get; } = Enumerable.Range(0, 2000).Select(index => 5 * index).ToHashSet();
    }
}
