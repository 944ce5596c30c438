using System.Diagnostics;
using System.Security.Cryptography;
using Moda.Runtime;
using Moda.Runtime.Audio;
using Moda.Runtime.Imaging;
using Moda.Runtime.Options;
using Moda.Runtime.Sampling;

namespace Moda.Cli.Benchmarks;

/// <summary>One clip of a benchmark of sessions, read as a player or as a writer of files would.</summary>
/// <param name="hashes">Whether the frames are hashed, so that runs can be compared.</param>
internal sealed class SessionRun(bool hashes)
{
    private readonly List<double> lateness = [];
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>Frames that were read.</summary>
    public int Frames { get; private set; }

    /// <summary>Seconds from asking for the clip to its first frame.</summary>
    public double FirstFrame { get; private set; }

    /// <summary>Seconds by which each frame but the first was late; empty for a clip that is not live.</summary>
    public IReadOnlyList<double> Lateness => lateness;

    /// <summary>The most bytes of host memory that the clip held.</summary>
    public long HostBytes { get; private set; }

    /// <summary>SHA-256 of all frames, of a run that has ended; null where they were not hashed.</summary>
    public string? Hash { get; private set; }

    /// <summary>Noise that comes and goes four times in a second: synthetic weights know no speech, and take as long for it.</summary>
    /// <param name="seconds">How long it lasts.</param>
    /// <param name="seed">Which.</param>
    public static Waveform Voice(double seconds, ulong seed)
    {
        float[] samples = new float[(int)(seconds * Waveform.SampleRate)];
        new PhiloxNormal(seed, Stream: 0).Fill(samples);
        for (int n = 0; n < samples.Length; n++)
        {
            samples[n] *= 0.1f * (1 + MathF.Sin(8 * MathF.PI * n / Waveform.SampleRate));
        }

        return new Waveform(samples);
    }

    /// <summary>Reads a clip to its end.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="portrait">The portrait.</param>
    /// <param name="voice">The voice.</param>
    /// <param name="options">How; a live clip is read at the pace of a player.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task ReadAsync(
        TalkingHeadEngine engine, PreparedPortrait portrait, Waveform voice, GenerationOptions options, CancellationToken cancellationToken)
    {
        bool isLive = options.Pace == Pace.Live;
        long asked = Stopwatch.GetTimestamp();
        await using TalkingClip clip = engine.Speak(portrait, voice, options);
        await using IAsyncEnumerator<VideoFrame> frames = clip.GetAsyncEnumerator(cancellationToken);
        long begun = asked;
        double late = 0;
        while (true)
        {
            // A timer that rings late is not the engine's fault; frames that were late before are.
            long wanted = Stopwatch.GetTimestamp();
            if (!await frames.MoveNextAsync())
            {
                Hash = hashes ? Convert.ToHexString(hash.GetHashAndReset()) : null;
                return;
            }

            long came = Stopwatch.GetTimestamp();
            if (Frames++ == 0)
            {
                FirstFrame = Stopwatch.GetElapsedTime(asked, came).TotalSeconds;
                begun = came;
            }
            else if (isLive)
            {
                late += Stopwatch.GetElapsedTime(wanted, came).TotalSeconds;
                lateness.Add(late);
            }

            if (hashes)
            {
                hash.AppendData(frames.Current.Pixels.Span);
            }

            HostBytes = Math.Max(HostBytes, Frames % 25 == 1 ? clip.HostBytes : 0);
            if (isLive)
            {
                double ahead = ((double)Frames / clip.Format.FramesPerSecond.PerSecond) - Stopwatch.GetElapsedTime(begun).TotalSeconds;
                late = Math.Max(0, -ahead);
                if (ahead > 0)
                {
                    await Task.Delay(TimeSpan.FromSeconds(ahead), cancellationToken);
                }
            }
        }
    }
}
