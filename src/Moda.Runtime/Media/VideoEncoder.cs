using System.Collections.Concurrent;
using System.Globalization;
using Moda.Runtime.Processes;

namespace Moda.Runtime.Media;

/// <summary>One of ffmpeg's video encoders, with arguments for about the quality of x264 at CRF 18.</summary>
/// <param name="Name">ffmpeg's name for the encoder.</param>
/// <param name="Format">The video format that it writes.</param>
/// <param name="BitsPerPixel">The bit rate, for encoders that have no quality setting; 0 for the others.</param>
/// <param name="Arguments">The arguments that select the quality.</param>
internal sealed record VideoEncoder(string Name, string Format, double BitsPerPixel, params string[] Arguments)
{
    private const double ModerateBits = 0.2;

    // A trial usually takes a tenth of a second.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly ConcurrentDictionary<string, VideoEncoder> KnownForStreams = new(StringComparer.Ordinal);

    private static readonly VideoEncoder[] Candidates =
    [
        new("libx264", "H.264", 0, "-crf", "18", "-preset", "medium"),
        new("libopenh264", "H.264", ModerateBits),
        new("h264_videotoolbox", "H.264", ModerateBits),
        new("mpeg4", "MPEG-4 part 2", 0, "-q:v", "2"),
    ];

    /// <summary>A note for the user when this is not the preferred encoder; otherwise null.</summary>
    public string? Notice { get; private init; }

    /// <summary>
    /// Chooses the best encoder that works. ffmpeg can list encoders whose library does not work, so each encoder is tried with one frame.
    /// </summary>
    /// <param name="ffmpeg">The ffmpeg program.</param>
    /// <param name="container">ffmpeg's name for the container, which the trial uses too.</param>
    /// <param name="partialPath">The path to which the trial writes.</param>
    /// <param name="cancellationToken">Cancels the trials.</param>
    /// <exception cref="FfmpegException">No encoder works. The message contains the error of each one.</exception>
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

    /// <summary>
    /// Chooses the best encoder that works for fragmented MP4. The trial runs once, and its result is kept for the life of the process.
    /// </summary>
    /// <param name="ffmpeg">The ffmpeg program.</param>
    /// <param name="cancellationToken">Cancels the trials.</param>
    /// <exception cref="FfmpegException">No encoder works. The message contains the error of each one.</exception>
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

    /// <summary>The encoder's arguments for a clip.</summary>
    public IEnumerable<string> ArgumentsFor(VideoFormat format) => BitsPerPixel == 0
        ? ["-c:v", Name, .. Arguments]
        : ["-c:v", Name, "-b:v", ((long)(BitsPerPixel * format.Width * format.Height * format.FramesPerSecond.PerSecond)).ToString(CultureInfo.InvariantCulture)];

    /// <summary>The same encoder without delay: it outputs each frame at once and does not wait for later ones.</summary>
    public VideoEncoder WithoutDelay() => Name == "libx264" ? this with { Arguments = ["-crf", "18", "-preset", "veryfast", "-tune", "zerolatency"] } : this;

    // The encoder's error; null when it works.
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
