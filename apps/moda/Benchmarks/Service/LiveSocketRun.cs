using System.Buffers.Binary;
using System.Diagnostics;
using Moda.Runtime.Audio;
using Moda.Runtime.Options;

namespace Moda.Cli.Benchmarks.Service;

/// <summary>One live socket of a benchmark: it sends a voice as a microphone hears it, and times the frames that come back. Pictures are not decoded.</summary>
/// <param name="voice">What is said.</param>
/// <param name="start">The first sample of the voice that is said.</param>
/// <param name="seconds">How long.</param>
internal sealed class LiveSocketRun(LiveVoice voice, int start, double seconds)
{
    /// <summary>Samples of a message, 40 ms.</summary>
    private const int BlockLength = Waveform.SampleRate / GenerationOptions.FramesPerSecond;

    private const int HeaderLength = 8;
    private const uint NoAudio = uint.MaxValue;

    /// <summary>How long no frame may come.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly SpokenBlocks speech = new((int)Math.Ceiling(seconds * GenerationOptions.FramesPerSecond), BlockLength);
    private readonly List<double> lateness = [];
    private readonly List<double> arrivals = [];

    /// <summary>
    /// Seconds by which each frame but the first was late. A player shows the first frame when it comes and frame n behind it n / 25 s later, as the
    /// engine's own benchmark of live clips counts; a frame that comes sooner is not late.
    /// </summary>
    public IReadOnlyList<double> Lateness => lateness;

    /// <summary>Seconds from the sending of a frame's first sample to the frame.</summary>
    public IReadOnlyList<double> Arrivals => arrivals;

    /// <summary>Seconds from asking for the socket to its first frame.</summary>
    public double FirstFrame { get; private set; }

    /// <summary>Frames that came.</summary>
    public int Frames { get; private set; }

    /// <summary>Frames that were due while it spoke, by the player's clock.</summary>
    public int FramesDue { get; private set; }

    /// <summary>Numbers of frames that were left out.</summary>
    public long FramesLost { get; private set; }

    /// <summary>Frames after the first that spoke in which nothing was heard: pauses that the session had to make.</summary>
    public int Pauses { get; private set; }

    /// <summary>Bytes of all frames.</summary>
    public long Bytes { get; private set; }

    /// <summary>Opens the socket, speaks, and reads for as long, and in any case two frames.</summary>
    /// <param name="connect">Opens it.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ServiceException">The service closes it, or sends nothing for half a minute.</exception>
    public async Task RunAsync(Func<CancellationToken, Task<ServiceSocket>> connect, CancellationToken cancellationToken)
    {
        long asked = Stopwatch.GetTimestamp();
        await using ServiceSocket socket = await connect(cancellationToken);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task speaking = SpeakAsync(socket, ending.Token);
        try
        {
            await ReadAsync(socket, asked, cancellationToken);
        }
        finally
        {
            await ending.CancelAsync();
            await speaking.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task SpeakAsync(ServiceSocket socket, CancellationToken cancellationToken)
    {
        byte[] block = new byte[BlockLength * sizeof(short)];
        await speech.SpeakAsync(
            first =>
            {
                voice.Copy((long)start + first, block);
                return socket.SendAsync(block, cancellationToken);
            },
            cancellationToken);
    }

    private async Task ReadAsync(ServiceSocket socket, long asked, CancellationToken cancellationToken)
    {
        long begun = Stopwatch.GetTimestamp();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        long firstAt = 0;
        long lastAt = 0;
        uint first = 0;
        uint next = 0;
        while (true)
        {
            patience.CancelAfter(Patience);
            ReadOnlyMemory<byte> message = await ReceiveAsync(socket, patience.Token, cancellationToken);
            long now = Stopwatch.GetTimestamp();
            uint number = BinaryPrimitives.ReadUInt32LittleEndian(message.Span);
            if (Frames == 0)
            {
                (firstAt, first, next) = (now, number, number);
                FirstFrame = Stopwatch.GetElapsedTime(asked, now).TotalSeconds;
            }

            double spoken = Stopwatch.GetElapsedTime(begun, now).TotalSeconds;
            if (spoken > seconds && Frames > 1)
            {
                double end = Math.Max(seconds, Stopwatch.GetElapsedTime(begun, lastAt).TotalSeconds);
                FramesDue = 1 + (int)((end - Stopwatch.GetElapsedTime(begun, firstAt).TotalSeconds) * GenerationOptions.FramesPerSecond);
                return;
            }

            if (Frames > 0)
            {
                double due = (double)(number - first) / GenerationOptions.FramesPerSecond;
                lateness.Add(Math.Max(0, Stopwatch.GetElapsedTime(firstAt, now).TotalSeconds - due));
            }

            FramesLost += (long)number - next;
            (next, lastAt) = (number + 1, now);
            Frames++;
            Bytes += message.Length;
            Hear(socket, BinaryPrimitives.ReadUInt32LittleEndian(message.Span[sizeof(uint)..]), now);
        }
    }

    private void Hear(ServiceSocket socket, uint sample, long now)
    {
        if (sample == NoAudio)
        {
            Pauses += arrivals.Count > 0 ? 1 : 0;
        }
        else if (sample < speech.Samples && speech.WrittenAt(sample) is > 0 and var sent)
        {
            arrivals.Add(Stopwatch.GetElapsedTime(sent, now).TotalSeconds);
        }
        else
        {
            throw new ServiceException($"{socket.What}: a frame is said to show sample {sample}, which was not sent yet.");
        }
    }

    private static async ValueTask<ReadOnlyMemory<byte>> ReceiveAsync(ServiceSocket socket, CancellationToken patience, CancellationToken cancellationToken)
    {
        try
        {
            ReadOnlyMemory<byte> message = await socket.ReceiveAsync(patience);
            return message.Length > HeaderLength ? message : throw new ServiceException($"{socket.What}: a message has {message.Length} bytes and is no frame.");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ServiceException($"{socket.What}: no frame came for {Patience.TotalSeconds:0} s.");
        }
    }
}
