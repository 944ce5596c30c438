using System.Diagnostics;
using Moda.Runtime;
using Moda.Runtime.Audio;
using Moda.Runtime.Options;

namespace Moda.Cli.Benchmarks;

/// <summary>One live session of a benchmark: speech is written as a microphone would, and each sample is looked for in the frames.</summary>
internal sealed class LiveRun
{
    /// <summary>Samples of a block, 20 ms: what audio interfaces give.</summary>
    private const int BlockLength = Waveform.SampleRate / 50;

    private readonly SpokenBlocks speech;
    private readonly List<double> arrivals = [];
    private readonly List<double> showings = [];

    /// <summary>Prepares a run.</summary>
    /// <param name="seconds">How long the session speaks.</param>
    public LiveRun(double seconds) => speech = new SpokenBlocks((int)(seconds * Waveform.SampleRate / BlockLength), BlockLength);

    /// <summary>Seconds from the writing of a frame's first sample to the frame in the reader's hands.</summary>
    public IReadOnlyList<double> Arrivals => arrivals;

    /// <summary>Seconds from the writing of a frame's first sample to the moment when a player shows the frame, 25 frames in a second.</summary>
    public IReadOnlyList<double> Showings => showings;

    /// <summary>Seconds from opening the session to its first frame.</summary>
    public double FirstFrame { get; private set; }

    /// <summary>Frames that were read.</summary>
    public int Frames { get; private set; }

    /// <summary>Frames while speech was written of which none spoke: pauses that the session had to make.</summary>
    public int Gaps { get; private set; }

    /// <summary>Opens a session, is silent for a second, speaks, and reads until all was seen.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="portrait">The portrait.</param>
    /// <param name="voice">The voice.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task RunAsync(
        TalkingHeadEngine engine, PreparedPortrait portrait, Waveform voice, LiveOptions options, CancellationToken cancellationToken)
    {
        long opened = Stopwatch.GetTimestamp();
        await using LiveSession session = engine.OpenLive(portrait, options);
        Task writing = Task.Run(() => WriteAsync(session, voice, cancellationToken), cancellationToken);
        long last = speech.Samples - AudioPreparation.SamplesPerFrame;
        bool hasSpoken = false;
        double clock = double.NegativeInfinity;
        await foreach (LiveFrame frame in session.WithCancellation(cancellationToken))
        {
            long now = Stopwatch.GetTimestamp();
            double seconds = Stopwatch.GetElapsedTime(opened, now).TotalSeconds;
            FirstFrame = Frames++ == 0 ? seconds : FirstFrame;

            // A player's clock: no frame is shown before it is there, nor sooner than 40 ms after the one before.
            clock = Math.Max(clock + (1 / session.Format.FramesPerSecond.PerSecond), seconds);
            if (frame.AudioPosition is { } position)
            {
                hasSpoken = true;
                double writtenSeconds = Stopwatch.GetElapsedTime(opened, speech.WrittenAt(position)).TotalSeconds;
                arrivals.Add(seconds - writtenSeconds);
                showings.Add(clock - writtenSeconds);
                if (position >= last)
                {
                    break;
                }
            }
            else if (hasSpoken)
            {
                Gaps++;
            }
        }

        await writing;
    }

    private async Task WriteAsync(LiveSession session, Waveform voice, CancellationToken cancellationToken)
    {
        await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken);
        await speech.SpeakAsync(first => session.WriteAsync(voice.Samples.Slice(first, BlockLength), cancellationToken), cancellationToken);
        session.EndUtterance();
    }
}
