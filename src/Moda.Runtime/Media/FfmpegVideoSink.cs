using System.Globalization;

namespace Moda.Runtime.Media;

/// <summary>
/// Encodes frames with ffmpeg, through a pipe: H.264, yuv420p, CRF 18, with an audio file beside it as AAC; the shorter of
/// the two ends the clip.
/// </summary>
/// <remarks>
/// Colours are converted to BT.709, limited range, and tagged so, which every player shows alike. The reference leaves
/// them untagged. No date or program version is written, so equal frames give equal files on one machine.
/// </remarks>
public sealed class FfmpegVideoSink : IVideoSink
{
    private const string DiskFull = "No space left on device";

    private readonly VideoFormat format;
    private readonly PartialOutput output;
    private readonly FfmpegProcess process;
    private bool ended;

    private FfmpegVideoSink(VideoFormat format, PartialOutput output, FfmpegProcess process, VideoEncoder encoder)
    {
        this.format = format;
        this.output = output;
        this.process = process;
        Description = $"{encoder.Format} by {encoder.Name}";
        Notice = encoder.Notice;
    }

    /// <inheritdoc/>
    public string Description { get; }

    /// <inheritdoc/>
    public string? Notice { get; }

    /// <summary>Starts ffmpeg. That the output can be written is checked now, not after the last frame.</summary>
    /// <param name="ffmpeg">The program.</param>
    /// <param name="path">The video: .mp4, .m4v, .mov or .mkv.</param>
    /// <param name="format">The frames; both sides even, as half the colour samples need.</param>
    /// <param name="audioPath">Any file with audio that ffmpeg reads; null for a silent video.</param>
    /// <param name="cancellationToken">Stops the start.</param>
    /// <exception cref="VideoOutputException">The output cannot be written, or the audio cannot be read.</exception>
    /// <exception cref="FfmpegException">ffmpeg has no encoder that fits.</exception>
    public static async Task<FfmpegVideoSink> CreateAsync(
        Ffmpeg ffmpeg, string path, VideoFormat format, string? audioPath = null, CancellationToken cancellationToken = default)
    {
        if (format.Width % 2 != 0 || format.Height % 2 != 0)
        {
            throw new VideoOutputException(path, $"{format.Width} x {format.Height} pixels cannot be encoded; both sides must be even.");
        }
        string container = Container(path);
        AudioTrack? audio = audioPath is null ? null : await AudioTrack.MeasureAsync(ffmpeg, path, audioPath, cancellationToken).ConfigureAwait(false);
        VideoEncoder encoder = await VideoEncoder.ChooseAsync(ffmpeg, format, cancellationToken).ConfigureAwait(false);
        PartialOutput output = PartialOutput.CreateFile(path);
        try
        {
            FfmpegProcess process = ffmpeg.Start(
                $"writing video '{path}'", Arguments(format, encoder, container, audio, output.PartialPath));
            return new FfmpegVideoSink(format, output, process, encoder);
        }
        catch
        {
            output.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask WriteAsync(VideoFrame frame, CancellationToken cancellationToken = default)
    {
        format.Check(frame);
        cancellationToken.ThrowIfCancellationRequested();
        if (ended)
        {
            return;
        }
        // A full pipe is left at once when the process that reads it is gone.
        using CancellationTokenRegistration killing = cancellationToken.Register(process.Kill);
        try
        {
            await process.StandardInput.WriteAsync(frame.Pixels, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException broken)
        {
            cancellationToken.ThrowIfCancellationRequested();
            // With audio that is shorter, ffmpeg is done before the frames are.
            ended = await process.EndedWellAsync().ConfigureAwait(false);
            // Ctrl+C reaches ffmpeg too, sometimes before it reaches this program's own handler.
            cancellationToken.ThrowIfCancellationRequested();
            if (!ended)
            {
                throw Explain(await process.ExplainAsync(broken).ConfigureAwait(false));
            }
        }
    }

    /// <inheritdoc/>
    public async Task CompleteAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            await process.CompleteAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (FfmpegException error)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw Explain(error);
        }
        // ffmpeg reports a disk that is full at the file's last bytes, and ends with success.
        if (process.ErrorTail.Contains(DiskFull, StringComparison.Ordinal))
        {
            throw Explain(new FfmpegException(process.ErrorTail, exitCode: 0, process.ErrorTail));
        }
        output.CommitFile();
    }

    /// <summary>Ends ffmpeg when it still runs, and removes an output that was not completed.</summary>
    public async ValueTask DisposeAsync()
    {
        await process.DisposeAsync().ConfigureAwait(false);
        output.Dispose();
    }

    private VideoOutputException Explain(FfmpegException error) => new(
        output.Target,
        error.StandardError.Contains(DiskFull, StringComparison.Ordinal)
            ? "the disk is full. Free some space or write elsewhere."
            : error.Message,
        error);

    private static List<string> Arguments(VideoFormat format, VideoEncoder encoder, string container, AudioTrack? audio, string partialPath)
    {
        string rate = format.FramesPerSecond.ToString(CultureInfo.InvariantCulture);
        List<string> arguments =
        [
            "-f", "rawvideo", "-pixel_format", "rgb24", "-video_size", $"{format.Width}x{format.Height}", "-framerate", rate, "-i", "pipe:0",
        ];
        if (audio is not null)
        {
            // -shortest ends audio with the frames; the other way round it lets frames through that the encoder has taken.
            arguments.AddRange(["-i", Ffmpeg.FileArgument(audio.Path), "-map", "0:v:0", "-map", "1:a:0", "-c:a", "aac", "-b:a", "192k"]);
            arguments.AddRange(["-shortest", "-t", audio.Seconds.ToString("F6", CultureInfo.InvariantCulture)]);
        }
        arguments.AddRange(
        [
            "-vf", "scale=in_range=full:out_range=limited:out_color_matrix=bt709:flags=bicubic+accurate_rnd+full_chroma_int+bitexact,format=yuv420p",
            "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv",
            "-c:v", encoder.Name, .. encoder.Arguments,
            "-map_metadata", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact",
        ]);
        if (container == "mp4" || container == "mov")
        {
            arguments.AddRange(["-movflags", "+faststart"]);
        }
        arguments.AddRange(["-f", container, "-y", Ffmpeg.FileArgument(partialPath)]);
        return arguments;
    }

    /// <summary>ffmpeg's name for the container that a path's ending asks for.</summary>
    internal static string Container(string path) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".mp4" or ".m4v" => "mp4",
        ".mov" => "mov",
        ".mkv" => "matroska",
        string ending => throw new VideoOutputException(
            path, $"'{ending}' is not written; use .mp4, .m4v, .mov or .mkv, .y4m for uncompressed video, or a folder for frames."),
    };
}
