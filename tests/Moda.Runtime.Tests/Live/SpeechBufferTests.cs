using Moda.Runtime.Audio;
using Moda.Runtime.Sessions;
using Xunit;

namespace Moda.Runtime.Tests.Live;

/// <summary>What is written to a live session comes out frame by frame; writers wait for room and for nothing else.</summary>
public sealed class SpeechBufferTests
{
    private const int FrameLength = AudioPreparation.SamplesPerFrame;

    private readonly SpeechBuffer buffer = new(capacity: 4);
    private readonly float[] frame = new float[FrameLength];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Samples_come_back_in_order_with_their_places()
    {
        float[] speech = Ramp(3 * FrameLength);
        foreach (float[] block in speech.Chunk(250))
        {
            await buffer.WriteAsync(block, Token);
        }

        Assert.Equal(new SpeechState(Frames: 3, IsOpen: true, Interruptions: 0), buffer.State);
        for (int index = 0; index < 3; index++)
        {
            Assert.Equal(index * FrameLength, buffer.Take(frame, interruption: 0));
            Assert.Equal([.. speech.AsSpan(index * FrameLength, FrameLength)], frame);
        }

        Assert.Null(buffer.Take(frame, interruption: 0));
        Assert.All(frame, sample => Assert.Equal(0, sample));
    }

    [Fact]
    public async Task The_ring_goes_round_for_ever()
    {
        float[] speech = Ramp(3 * FrameLength / 2);
        long expected = 0;
        for (int round = 0; round < 50; round++)
        {
            await buffer.WriteAsync(speech, Token);
            buffer.EndUtterance();
            Assert.Equal(expected, buffer.Take(frame, interruption: 0));
            Assert.Equal(expected + FrameLength, buffer.Take(frame, interruption: 0));
            Assert.Equal(speech[FrameLength..], frame[..(FrameLength / 2)]);
            Assert.All(frame[(FrameLength / 2)..], sample => Assert.Equal(0, sample));
            expected += speech.Length;
        }
    }

    [Fact]
    public async Task A_full_buffer_holds_the_writer_until_there_is_room()
    {
        Task writing = buffer.WriteAsync(Ramp(6 * FrameLength), Token).AsTask();
        await Task.Delay(20, Token);
        Assert.False(writing.IsCompleted);

        buffer.Take(frame, interruption: 0);
        buffer.Take(frame, interruption: 0);

        await writing.WaitAsync(TimeSpan.FromSeconds(5), Token);
        Assert.Equal(4, buffer.State.Frames);
    }

    [Fact]
    public async Task A_waiting_writer_can_be_cancelled()
    {
        using var stop = new CancellationTokenSource();
        Task writing = buffer.WriteAsync(Ramp(6 * FrameLength), stop.Token).AsTask();

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writing);
        Assert.Equal(4, buffer.State.Frames);
    }

    [Fact]
    public async Task An_interruption_drops_all_that_is_there_and_what_a_writer_holds()
    {
        Task writing = buffer.WriteAsync(Ramp(6 * FrameLength), Token).AsTask();

        buffer.Interrupt();

        await writing.WaitAsync(TimeSpan.FromSeconds(5), Token);
        Assert.Equal(new SpeechState(Frames: 0, IsOpen: false, Interruptions: 1), buffer.State);
        await buffer.WriteAsync(Ramp(FrameLength), Token);
        Assert.Null(buffer.Take(frame, interruption: 0));
        Assert.Equal(4 * FrameLength, buffer.Take(frame, interruption: 1));
    }

    [Fact]
    public async Task A_closed_buffer_tells_everybody()
    {
        Task writing = buffer.WriteAsync(Ramp(6 * FrameLength), Token).AsTask();

        buffer.Close(new IOException("no more"));

        ObjectDisposedException told = await Assert.ThrowsAsync<ObjectDisposedException>(() => writing.WaitAsync(TimeSpan.FromSeconds(5), Token));
        Assert.IsType<IOException>(told.InnerException);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => buffer.WriteAsync(Ramp(1), Token).AsTask());
        Assert.Throws<ObjectDisposedException>(buffer.EndUtterance);
        Assert.Throws<ObjectDisposedException>(buffer.Interrupt);
    }

    [Fact]
    public async Task Samples_that_are_not_finite_are_refused() =>
        await Assert.ThrowsAsync<AudioException>(() => buffer.WriteAsync(new[] { 0, float.NaN }, Token).AsTask());

    private static float[] Ramp(int count) => [.. Enumerable.Range(0, count).Select(index => (float)index / count)];
}
