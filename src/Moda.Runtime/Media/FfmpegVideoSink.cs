using System.Globalization;
using Moda.Runtime.Imaging;
using Moda.Runtime.Processes;

namespace Moda.Runtime.Media;

/// <summary>
/// Encodes frames with ffmpeg, through a pipe: H.264, yuv420p, CRF 18. The sound is AAC. In Matroska it is FLAC, because Matroska cannot
/// mark the 1024 samples that an AAC encoder adds at the start. Sound that continues for more than a frame after the last frame is cut
/// there. <see cref="Accompaniment"/> decides about frames after the end of the sound, and about further content.
/// </summary>
/// <remarks>
/// Colours are converted to BT.709, limited range, and tagged as such, so that all players show the same colours. The reference does not
/// tag them. No date or program version is written, so equal frames give equal files on one machine.
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

    // The time at which the last written frame ends. It is shown for one period of the frame rate.
    private TimeSpan End => written == 0 ? TimeSpan.Zero
        : format.HasOwnTimes ? last + format.TimestampOf(1) : format.FramesPerSecond.TimestampOf(written);

    /// <summary>Starts the encoder.</summary>
    /// <param name="ffmpeg">The ffmpeg program.</param>
    /// <param name="encoder">An encoder that was tried and works.</param>
    /// <param name="output">Where the video is written. The new object disposes it.</param>
    /// <param name="container">ffmpeg's name for the container.</param>
    /// <param name="format">The format of the frames. Both sides must be even, because colour is subsampled by two.</param>
    /// <param name="beside">What the video holds beside its frames.</param>
    /// <exception cref="VideoFileException">Frames of this format cannot be encoded.</exception>
    public static FfmpegVideoSink Start(
        Ffmpeg ffmpeg, VideoEncoder encoder, PartialOutput output, string container, VideoFormat format, Accompaniment beside)
    {
        format.RequireEvenSides(output.Shown);
        FfmpegProcess process = ffmpeg.Start(
            $"writing video '{output.Shown}'",
            [
                "-progress", "pipe:1", .. VideoArguments.Input(format), .. VideoArguments.Sound(beside.Sound, container), .. VideoArguments.Encoding(encoder, format),
                .. VideoArguments.NoMetadata, .. File(container, output.PartialPath),
            ]);
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
        // Killing ffmpeg ends a write that waits on a full pipe.
        using CancellationTokenRegistration killing = cancellationToken.Register(process.Kill);
        try
        {
            if (timed is not null)
            {
                await timed.WriteHeaderAsync(process.StandardInput, shown, cancellationToken).ConfigureAwait(false);
            }
            await process.StandardInput.WriteAsync(frame.Pixels, cancellationToken).ConfigureAwait(false);
            written++;
            last = shown;
        }
        catch (IOException broken)
        {
            FfmpegException error = await process.ExplainAsync(broken).ConfigureAwait(false);
            // Ctrl+C also reaches ffmpeg, sometimes before this program's own handler runs.
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
                await RewriteAsync("ending the sound of", [], ["-map", "0", "-c", "copy", "-t", VideoArguments.Text(End), .. VideoArguments.NoMetadata], cancellationToken).ConfigureAwait(false);
            }
        }
        catch (FfmpegException error)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw Explain(error);
        }
        output.CommitFile();
    }

    /// <summary>Stops ffmpeg if it still runs, and removes an incomplete output.</summary>
    public async ValueTask DisposeAsync()
    {
        await process.DisposeAsync().ConfigureAwait(false);
        output.Dispose();
    }

    /// <summary>ffmpeg's name for the container of a path's extension.</summary>
    internal static string Container(string path) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".mp4" or ".m4v" => "mp4",
        ".mov" => "mov",
        ".mkv" => "matroska",
        string ending => throw new VideoFileException(
            path, $"'{ending}' is not written; use .mp4, .m4v, .mov or .mkv, .y4m for uncompressed video, or a folder for frames."),
    };

    // Whether the sound is longer than the frames, by a frame or more.
    private bool SoundGoesOn => beside.Sound is { } sound && sound.Duration >= End + format.TimestampOf(1);

    private static List<string> File(string container, string path)
    {
        List<string> arguments = [.. VideoArguments.Repeatable];
        if (container is "mp4" or "mov")
        {
            arguments.AddRange(["-movflags", "+faststart"]);
        }
        arguments.AddRange(["-f", container, "-y", Ffmpeg.FileArgument(path)]);
        return arguments;
    }

    // ffmpeg reports its progress in lines. The last count is the number of frames in the finished file.
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

    // ffmpeg can exit with status 0 although frames are missing, for example when the disk is full at the file's last bytes, or when the
    // program is not really ffmpeg.
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

    // Text subtitles are converted when the container has its own form of them. Streams that still do not fit are left out, with a notice.
    private async Task KeepStreamsAsync(string source, CancellationToken cancellationToken)
    {
        List<string> input = ["-ss", VideoArguments.Text(beside.StreamsStart), .. MediaContainers.Only, "-i", Ffmpeg.FileArgument(source)];
        List<string> own = ["-map", "0", "-map_metadata", "1", "-map_chapters", "1", "-c", "copy", "-t", VideoArguments.Text(End)];
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
                // This selection of streams does not fit. The next one has fewer.
            }
        }
    }

    // The number of frames is known only at the end. Therefore the sound is cut, and other streams are added, in a second pass over the
    // finished file.
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
