using System.Collections.Concurrent;
using System.Globalization;
using Moda.Runtime.Processes;

namespace Moda.Runtime.Media;

/// <summary>One of ffmpeg's video encoders, with its arguments for about the quality of x264 at CRF 18.</summary>
/// <param name="Name">As ffmpeg lists it.</param>
/// <param name="Format">What it writes.</param>
/// <param name="BitsPerPixel">What it may spend, for encoders without a scale of quality; 0 for those that have one.</param>
/// <param name="Arguments">What selects its quality.</param>
internal sealed record VideoEncoder(string Name, string Format, double BitsPerPixel, params string[] Arguments)
{
    private const double ModerateBits = 0.2;

    // A trial takes a tenth of a second.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly ConcurrentDictionary<string, VideoEncoder> KnownForStreams = new(StringComparer.Ordinal);

    private static readonly VideoEncoder[] Candidates =
    [
        new("libx264", "H.264", 0, "-crf", "18", "-preset", "medium"),
        new("libopenh264", "H.264", ModerateBits),
        new("h264_videotoolbox", "H.264", ModerateBits),
        new("mpeg4", "MPEG-4 part 2", 0, "-q:v", "2"),
    ];

    /// <summary>What a user should know when this is not the preferred encoder.</summary>
    public string? Notice { get; private init; }

    /// <summary>The best encoder that works. An ffmpeg may list one whose library does nothing, so each encodes a frame on trial.</summary>
    /// <param name="ffmpeg">The program.</param>
    /// <param name="container">ffmpeg's name of the container, which is tried as well.</param>
    /// <param name="partialPath">Where the trial is written.</param>
    /// <param name="cancellationToken">Stops the trials.</param>
    /// <exception cref="FfmpegException">None works; the message says what each one said.</exception>
    public static async Task<VideoEncoder> ChooseAsync(Ffmpeg ffmpeg, string container, string partialPath, CancellationToken cancellationToken)
    {
        List<string> failures = [];
        foreach (VideoEncoder encoder in Candidates)
        {
            if (await encoder.FailureAsync(ffmpeg, container, partialPath, cancellationToken).ConfigureAwait(false) is not { } failure)
            {
                return failures.Count == 0 ? encoder : encoder with
                {
                    Notice = $"{string.Join("; ", failures)}; {encoder.Format} by {encoder.Name} is used instead, at another size and quality.",
                };
            }
            failures.Add($"this ffmpeg's {encoder.Name} does not work ({failure})");
        }
        throw new FfmpegException(
            $"'{ffmpeg.Path}' cannot encode a video: {string.Join("; ", failures)}. "
            + $"Install a full build of ffmpeg and name it in {Ffmpeg.EnvironmentVariable}, or write frames to a folder.");
    }

    /// <summary>The best encoder that works into a stream of MP4. It is tried once in a process, and then known.</summary>
    /// <param name="ffmpeg">The program.</param>
    /// <param name="cancellationToken">Stops the trials.</param>
    /// <exception cref="FfmpegException">None works; the message says what each one said.</exception>
    public static async Task<VideoEncoder> ChooseForStreamsAsync(Ffmpeg ffmpeg, CancellationToken cancellationToken)
    {
        if (KnownForStreams.TryGetValue(ffmpeg.Path, out VideoEncoder? known))
        {
            return known;
        }

        string trial = Path.GetTempFileName();
        try
        {
            return KnownForStreams[ffmpeg.Path] = await ChooseAsync(ffmpeg, "mp4", trial, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            File.Delete(trial);
        }
    }

    /// <summary>Its arguments for a clip.</summary>
    public IEnumerable<string> ArgumentsFor(VideoFormat format) => BitsPerPixel == 0
        ? ["-c:v", Name, .. Arguments]
        : ["-c:v", Name, "-b:v", ((long)(BitsPerPixel * format.Width * format.Height * format.FramesPerSecond.PerSecond)).ToString(CultureInfo.InvariantCulture)];

    /// <summary>The same encoder where each frame is wanted at once: no frame waits for those after it.</summary>
    public VideoEncoder WithoutDelay() => Name == "libx264" ? this with { Arguments = ["-crf", "18", "-preset", "veryfast", "-tune", "zerolatency"] } : this;

    // What is wrong with it; null when it works.
    private async Task<string?> FailureAsync(Ffmpeg ffmpeg, string container, string partialPath, CancellationToken cancellationToken)
    {
        var format = new VideoFormat(64, 64, 25);
        using MemoryStream frame = new(new byte[format.FrameLength]);
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            await ffmpeg.RunAsync(
                "trying an encoder",
                [
                    "-f", "rawvideo", "-pixel_format", "rgb24", "-video_size", "64x64", "-framerate", "25", "-i", "pipe:0",
                    "-pix_fmt", "yuv420p", .. ArgumentsFor(format), "-f", container, "-y", Ffmpeg.FileArgument(partialPath),
                ],
                frame,
                cancellationToken: patience.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return $"it has not answered for {Patience.TotalSeconds} s";
        }
        catch (FfmpegException error) when (error.ExitCode is not null)
        {
            string said = error.StandardError.Split('\n')[0].Trim();
            return said.Contains("Unknown encoder", StringComparison.Ordinal) ? "it is not built in" : said.Length > 0 ? said : $"exit status {error.ExitCode}";
        }
        return new FileInfo(partialPath).Length > 0 ? null : "it wrote nothing";
    }
}
