using System.Globalization;
using Moda.Runtime.Audio;
using Moda.Runtime.Imaging;
using Moda.Runtime.Processes;

namespace Moda.Runtime.Media;

/// <summary>
/// Encodes frames with ffmpeg, through a pipe: H.264, yuv420p, CRF 18, with the clip's sound beside it as AAC, or FLAC in Matroska, which
/// has no way to leave out the 1024 samples that an AAC encoder begins with. The sound is whole; where frames end more than one before it,
/// it ends with them, and <see cref="Accompaniment"/> says what happens to frames behind it and what else the video holds.
/// </summary>
/// <remarks>
/// Colours are converted to BT.709, limited range, and tagged so, which every player shows alike. The reference leaves
/// them untagged. No date or program version is written, so equal frames give equal files on one machine.
/// </remarks>
internal sealed class FfmpegVideoSink : IVideoSink
{
    private const string DiskFull = "No space left on device";
    private const string FrameCount = "frame=";

    private readonly Ffmpeg ffmpeg;
    private readonly VideoFormat format;
    private readonly PartialOutput output;
    private readonly string container;
    private readonly Accompaniment beside;
    private readonly FfmpegProcess process;
    private readonly Task<long> encoded;
    private readonly TimedFrames? timed;
    private long written;
    private TimeSpan last;

    private FfmpegVideoSink(
        Ffmpeg ffmpeg, VideoFormat format, PartialOutput output, string container, FfmpegProcess process, VideoEncoder encoder, Accompaniment beside)
    {
        this.ffmpeg = ffmpeg;
        this.format = format;
        this.output = output;
        this.container = container;
        this.process = process;
        this.beside = beside;
        encoded = CountFramesAsync(process.StandardOutput);
        timed = format.HasOwnTimes ? new TimedFrames(format) : null;
        Description = $"{encoder.Format} by {encoder.Name}";
        Notice = encoder.Notice;
    }

    /// <inheritdoc/>
    public string Description { get; }

    /// <inheritdoc/>
    public string? Notice { get; private set; }

    // When the frames that were written end: the last one is shown as long as one is at the usual rate.
    private TimeSpan End => written == 0 ? TimeSpan.Zero
        : format.HasOwnTimes ? last + format.TimestampOf(1) : format.FramesPerSecond.TimestampOf(written);

    /// <summary>Starts ffmpeg.</summary>
    /// <param name="ffmpeg">The program.</param>
    /// <param name="encoder">One that works.</param>
    /// <param name="output">The video's place, owned by the new object.</param>
    /// <param name="container">ffmpeg's name of the container.</param>
    /// <param name="format">The frames; both sides even, as half the colour samples need.</param>
    /// <param name="beside">What it holds beside them.</param>
    /// <exception cref="VideoFileException">Such frames cannot be encoded.</exception>
    public static FfmpegVideoSink Start(
        Ffmpeg ffmpeg, VideoEncoder encoder, PartialOutput output, string container, VideoFormat format, Accompaniment beside)
    {
        if (format.Width % 2 != 0 || format.Height % 2 != 0)
        {
            throw new VideoFileException(output.Shown, $"{format.Width} x {format.Height} pixels cannot be encoded; both sides must be even.");
        }
        FfmpegProcess process = ffmpeg.Start(
            $"writing video '{output.Shown}'", [.. Input(format), .. Sound(beside.Sound, container), .. Encoding(encoder, format), .. NoMetadata, .. File(container, output.PartialPath)]);
        return new FfmpegVideoSink(ffmpeg, format, output, container, process, encoder, beside);
    }

    /// <inheritdoc/>
    public async ValueTask WriteAsync(VideoFrame frame, CancellationToken cancellationToken = default)
    {
        format.Check(frame);
        cancellationToken.ThrowIfCancellationRequested();
        TimeSpan shown = format.HasOwnTimes ? frame.Timestamp : format.FramesPerSecond.TimestampOf(written);
        if (beside.Sound is { } sound && !beside.FramesOutlastSound && shown >= sound.Duration)
        {
            return;
        }
        // A full pipe is left at once when the process that reads it is gone.
        using CancellationTokenRegistration killing = cancellationToken.Register(process.Kill);
        try
        {
            if (timed is not null)
            {
                await WriteTimeAsync(timed, shown, cancellationToken).ConfigureAwait(false);
            }
            await process.StandardInput.WriteAsync(frame.Pixels, cancellationToken).ConfigureAwait(false);
            written++;
            last = shown;
        }
        catch (IOException broken)
        {
            FfmpegException error = await process.ExplainAsync(broken).ConfigureAwait(false);
            // Ctrl+C reaches ffmpeg too, sometimes before it reaches this program's own handler.
            cancellationToken.ThrowIfCancellationRequested();
            throw Explain(error);
        }
    }

    /// <inheritdoc/>
    public async Task CompleteAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            await process.CompleteAsync(cancellationToken).ConfigureAwait(false);
            await CheckAsync().ConfigureAwait(false);
            if (beside.StreamsOf is not null)
            {
                await KeepStreamsAsync(beside.StreamsOf, cancellationToken).ConfigureAwait(false);
            }
            else if (SoundGoesOn)
            {
                await RewriteAsync("ending the sound of", [], ["-map", "0", "-c", "copy", "-t", Text(End), .. NoMetadata], cancellationToken).ConfigureAwait(false);
            }
        }
        catch (FfmpegException error)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw Explain(error);
        }
        output.CommitFile();
    }

    /// <summary>Ends ffmpeg when it still runs, and removes an output that was not completed.</summary>
    public async ValueTask DisposeAsync()
    {
        await process.DisposeAsync().ConfigureAwait(false);
        output.Dispose();
    }

    /// <summary>ffmpeg's name for the container that a path's ending asks for.</summary>
    internal static string Container(string path) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".mp4" or ".m4v" => "mp4",
        ".mov" => "mov",
        ".mkv" => "matroska",
        string ending => throw new VideoFileException(
            path, $"'{ending}' is not written; use .mp4, .m4v, .mov or .mkv, .y4m for uncompressed video, or a folder for frames."),
    };

    // No other date or name gets into the file than those of the program that made it.
    private static string[] NoMetadata => ["-map_metadata", "-1"];

    // Whether the sound lasts longer than the frames, by a frame or more.
    private bool SoundGoesOn => beside.Sound is { } sound && sound.Duration >= End + format.TimestampOf(1);

    private static List<string> Input(VideoFormat format) => format.HasOwnTimes
        ? ["-progress", "pipe:1", "-f", "matroska", "-i", "pipe:0"]
        :
        [
            "-progress", "pipe:1", "-f", "rawvideo", "-pixel_format", "rgb24", "-video_size", $"{format.Width}x{format.Height}",
            "-framerate", format.FramesPerSecond.ToFfmpeg(), "-i", "pipe:0",
        ];

    private static List<string> Sound(SoundTrack? sound, string container) => sound is null ? [] :
    [
        "-f", "f32le", "-ar", Text(sound.SampleRate), "-ac", Text(sound.Channels), "-i", Ffmpeg.FileArgument(sound.Path),
        "-map", "0:v:0", "-map", "1:a:0",
        .. container == "matroska" ? (string[])["-c:a", "flac", "-sample_fmt", "s16"] : ["-c:a", "aac", "-b:a", "192k"],
    ];

    private static List<string> Encoding(VideoEncoder encoder, VideoFormat format) =>
    [
        "-vf", "scale=in_range=full:out_range=limited:out_color_matrix=bt709:flags=bicubic+accurate_rnd+full_chroma_int+bitexact,format=yuv420p"
            + (format.PixelAspect == 1 ? string.Empty : string.Create(CultureInfo.InvariantCulture, $",setsar={format.PixelAspect:0.######}:max=1000")),
        "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv",
        .. format.HasOwnTimes ? (string[])["-vsync", "vfr", "-enc_time_base", "1:90000"] : [],
        .. encoder.ArgumentsFor(format),
    ];

    private static List<string> File(string container, string path)
    {
        List<string> arguments = ["-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact"];
        if (container is "mp4" or "mov")
        {
            arguments.AddRange(["-movflags", "+faststart"]);
        }
        arguments.AddRange(["-f", container, "-y", Ffmpeg.FileArgument(path)]);
        return arguments;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Text(TimeSpan time) => time.TotalSeconds.ToString("F6", CultureInfo.InvariantCulture);

    // ffmpeg reports its progress line by line; the last count is that of the finished file.
    private static async Task<long> CountFramesAsync(Stream progress)
    {
        long frames = 0;
        using var reader = new StreamReader(progress, leaveOpen: true);
        while (await reader.ReadLineAsync().ConfigureAwait(false) is { } line)
        {
            if (line.StartsWith(FrameCount, StringComparison.Ordinal)
                && long.TryParse(line.AsSpan(FrameCount.Length), NumberStyles.Integer, CultureInfo.InvariantCulture, out long count))
            {
                frames = count;
            }
        }
        return frames;
    }

    // ffmpeg may end with success and leave less than it got: a disk that is full at the file's last bytes, a program that is no ffmpeg.
    private async Task CheckAsync()
    {
        string said = process.ErrorTail;
        if (said.Contains(DiskFull, StringComparison.Ordinal))
        {
            throw new FfmpegException(said, exitCode: 0, said);
        }
        long frames = await encoded.ConfigureAwait(false);
        if (frames != written || new FileInfo(output.PartialPath) is not { Exists: true, Length: > 0 })
        {
            throw new FfmpegException(
                $"'{ffmpeg.Path}' ended with success, but has written {frames} of {written} frames. Is it ffmpeg?", exitCode: 0, said);
        }
    }

    private async ValueTask WriteTimeAsync(TimedFrames times, TimeSpan shown, CancellationToken cancellationToken)
    {
        if (written == 0)
        {
            await process.StandardInput.WriteAsync(times.Start, cancellationToken).ConfigureAwait(false);
        }
        await process.StandardInput.WriteAsync(times.HeaderOf(shown), cancellationToken).ConfigureAwait(false);
    }

    // Subtitles of text are told anew where the container has a form of its own; what still does not fit is left out, with a note.
    private async Task KeepStreamsAsync(string source, CancellationToken cancellationToken)
    {
        List<string> input = ["-ss", Text(beside.StreamsStart), .. MediaContainers.Only, "-i", Ffmpeg.FileArgument(source)];
        List<string> own = ["-map", "0", "-map_metadata", "1", "-map_chapters", "1", "-c", "copy", "-t", Text(End)];
        List<string> sound = beside.KeepsSoundOfStreams ? ["-map", "1:a?", "-disposition:a", "0", "-disposition:a:0", "default"] : [];
        string[] subtitles = ["-map", "1:s?"];
        string[] asText = ["-c:s", container == "matroska" ? "srt" : "mov_text"];
        (string? Lost, List<string> Arguments)[] attempts =
        [
            (null, [.. own, .. sound, .. subtitles, "-map", "1:d?", "-map", "1:t?"]),
            (null, [.. own, .. sound, .. subtitles, "-map", "1:t?"]),
            (null, [.. own, .. sound, .. subtitles, .. asText]),
            ("subtitles", [.. own, .. sound]),
            ("subtitles and sound", own),
        ];
        for (int attempt = 0; ; attempt++)
        {
            (string? lost, List<string> arguments) = attempts[attempt];
            try
            {
                await RewriteAsync("keeping the streams of", input, arguments, cancellationToken).ConfigureAwait(false);
                string? kept = lost is null ? null : $"{lost} of '{source}' do not fit into the container and are left out; .mkv takes most.";
                Notice = Notice is null || kept is null ? Notice ?? kept : $"{Notice} {kept}";
                return;
            }
            catch (FfmpegException) when (attempt + 1 < attempts.Length && !cancellationToken.IsCancellationRequested)
            {
                // The next one asks for less.
            }
        }
    }

    // Only the sink's user knows when frames end early, so what stands beside them is cut and added in the finished file.
    private async Task RewriteAsync(string activity, IEnumerable<string> input, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        string whole = output.PartialPath;
        string second = output.SecondPartialPath;
        await ffmpeg.RunAsync(
            $"{activity} '{output.Shown}'",
            ["-i", Ffmpeg.FileArgument(whole), .. input, .. arguments, .. File(container, second)],
            cancellationToken: cancellationToken).ConfigureAwait(false);
        output.Guard(() => System.IO.File.Move(second, whole, overwrite: true));
    }

    private VideoFileException Explain(FfmpegException error) => new(
        output.Shown,
        error.StandardError.Contains(DiskFull, StringComparison.Ordinal)
            ? "the disk is full. Free some space or write elsewhere."
            : error.Message.Replace(Ffmpeg.FileArgument(output.PartialPath), output.Shown, StringComparison.Ordinal),
        error);
}
