using Moda.Runtime.Imaging;
using Moda.Runtime.Processes;

namespace Moda.Runtime.Media;

/// <summary>
/// The frames of a video file with their times, decoded by ffmpeg: 8-bit RGB, upright, deinterlaced when the file marks a frame as
/// interlaced. Width and height are even: the last column or row of an odd size is dropped. Only one thread may use it at a time.
/// </summary>
/// <remarks>
/// ffmpeg may read only video containers, and neither the network nor other files. Cover pictures in music files do not count as video.
/// </remarks>
internal sealed class VideoReader : IAsyncDisposable
{
    /// <summary>The largest number of pixels in a frame: 8192 x 4320.</summary>
    public const int MostPixels = 8192 * 4320;

    // Messages of ffmpeg's demuxers about truncated files. ffmpeg exits with status 0 in these cases.
    private static readonly string[] SignsOfTruncation = ["partial file", "ended prematurely", "Truncating packet", "truncated"];

    // The frame duration when the file does not give one.
    private const long UsualFrameNanoseconds = 40_000_000;

    private readonly string path;
    private readonly FfmpegProcess process;
    private readonly MatroskaReader frames;
    private readonly CancellationTokenRegistration killing;
    private readonly CancellationToken cancellation;
    private long? start;
    private long count;

    private VideoReader(
        string path, FfmpegProcess process, MatroskaReader frames, CancellationTokenRegistration killing, CancellationToken cancellation)
    {
        this.path = path;
        this.process = process;
        this.frames = frames;
        this.killing = killing;
        this.cancellation = cancellation;
        NominalRate = FrameRate.FromPeriod(frames.FrameNanoseconds > 0 ? frames.FrameNanoseconds : UsualFrameNanoseconds);
    }

    /// <summary>The width of a frame in pixels.</summary>
    public int Width => frames.Width;

    /// <summary>The height of a frame in pixels.</summary>
    public int Height => frames.Height;

    /// <summary>The size of a frame in bytes, [height, width, 3].</summary>
    public int FrameLength => Width * Height * RgbImage.Channels;

    /// <summary>The frame rate that the file gives. The actual times of frames may differ.</summary>
    public FrameRate NominalRate { get; }

    /// <summary>The size, nominal rate and pixel aspect of the frames.</summary>
    public VideoFormat Format => new(Width, Height, NominalRate) { PixelAspect = frames.PixelAspect };

    /// <summary>The time from the file's start to its first frame. It is known after the first frame was read.</summary>
    public TimeSpan Start => TimeSpan.FromMilliseconds(start ?? 0);

    /// <summary>Starts ffmpeg and reads up to the first frame.</summary>
    /// <param name="path">The file.</param>
    /// <param name="ffmpeg">The ffmpeg program.</param>
    /// <param name="cancellationToken">Stops ffmpeg, also while the reader is in use.</param>
    /// <returns>The reader. The caller disposes it.</returns>
    /// <exception cref="FileNotFoundException">The file does not exist.</exception>
    /// <exception cref="VideoFileException">The file holds no video or no frames, or its frames are too large.</exception>
    public static async Task<VideoReader> OpenAsync(string path, Ffmpeg ffmpeg, CancellationToken cancellationToken)
    {
        RequireFile(path);
        FfmpegProcess process = ffmpeg.Start($"reading video '{path}'", Arguments(path));
        CancellationTokenRegistration killing = cancellationToken.Register(process.Kill);
        try
        {
            MatroskaReader frames = await OpenFramesAsync(process, path, cancellationToken).ConfigureAwait(false);
            if ((long)frames.Width * frames.Height > MostPixels)
            {
                throw new VideoFileException(path, $"its frames of {frames.Width} x {frames.Height} pixels are larger than the {MostPixels / 1_000_000} million pixels that are read. Scale it down first.");
            }
            return new VideoReader(path, process, frames, killing, cancellationToken);
        }
        catch
        {
            await killing.DisposeAsync().ConfigureAwait(false);
            await process.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Reads the next frame.</summary>
    /// <param name="pixels">[height, width, 3]: receives the RGB bytes.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>The frame's time from the first frame, in whole milliseconds; null after the last frame.</returns>
    /// <exception cref="VideoFileException">The file ends early, or the frames change their size.</exception>
    public async ValueTask<TimeSpan?> ReadAsync(Memory<byte> pixels, CancellationToken cancellationToken)
    {
        if (await frames.NextAsync(cancellationToken).ConfigureAwait(false) is not { } next)
        {
            await CheckEndAsync(cancellationToken).ConfigureAwait(false);
            return null;
        }
        if (next.Length != FrameLength)
        {
            throw new VideoFileException(path, $"the size of its frames changes after {count} of {Width} x {Height} pixels. Convert it to one size first.");
        }
        if (!await frames.ReadAsync(pixels[..FrameLength], cancellationToken).ConfigureAwait(false))
        {
            await CheckEndAsync(cancellationToken).ConfigureAwait(false);
            throw EndsEarly(cause: null);
        }
        count++;
        start ??= next.Milliseconds;
        return TimeSpan.FromMilliseconds(next.Milliseconds - start.Value);
    }

    /// <summary>Stops ffmpeg if it still runs.</summary>
    public async ValueTask DisposeAsync()
    {
        await killing.DisposeAsync().ConfigureAwait(false);
        await process.DisposeAsync().ConfigureAwait(false);
    }

    // ffmpeg rotates frames by itself. Times are passed on in milliseconds, and not rounded to the nominal rate.
    private static List<string> Arguments(string path) =>
    [
        .. MediaContainers.Only, "-i", Ffmpeg.FileArgument(path), "-map", "0:V:0", "-map_metadata", "-1",
        "-vf", "bwdif=mode=send_frame:deint=interlaced,crop=trunc(iw/2)*2:trunc(ih/2)*2:0:0,"
            + "scale=flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp,format=rgb24",
        "-c:v", "rawvideo", "-enc_time_base", "1:1000", "-allow_raw_vfw", "1", "-f", "matroska", "pipe:1",
    ];

    private static void RequireFile(string path)
    {
        if (!File.Exists(path))
        {
            throw new FileNotFoundException(Directory.Exists(path) ? $"'{path}' is a folder, not a video." : $"There is no video '{path}'.", path);
        }
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            if (!file.CanSeek || file.Length == 0)
            {
                throw new VideoFileException(path, "it is empty, or no ordinary file. A video is read twice, so it must be a file.");
            }
        }
        catch (Exception error) when (error is UnauthorizedAccessException or IOException)
        {
            throw new VideoFileException(path, $"it cannot be read: {error.Message}", error);
        }
    }

    private static async Task<MatroskaReader> OpenFramesAsync(FfmpegProcess process, string path, CancellationToken cancellationToken)
    {
        FfmpegException error;
        try
        {
            if (await MatroskaReader.OpenAsync(process.StandardOutput, cancellationToken).ConfigureAwait(false) is { } frames)
            {
                return frames;
            }
            cancellationToken.ThrowIfCancellationRequested();
            error = await process.ExplainAsync(new InvalidDataException("it wrote no frames")).ConfigureAwait(false);
        }
        catch (InvalidDataException foreign)
        {
            error = await process.ExplainAsync(foreign).ConfigureAwait(false);
        }
        throw new VideoFileException(path, Problem(error, path), error);
    }

    private static string Problem(FfmpegException error, string path) =>
        MediaContainers.WasRefused(error) ? "it is no video file but of another kind, such as a picture or a playlist. Name the video itself."
        : error.StandardError.Contains("matches no streams", StringComparison.Ordinal) ? "it holds no video, only sound or other data. Give a file with a picture that moves."
        : error.ExitCode == 0 ? "it holds a video without a single frame."
        : $"it is not a video that can be read; it may be cut off or damaged. {Said(error, path)}";

    private static string Said(FfmpegException error, string path) => error.Message.Replace(Ffmpeg.FileArgument(path), path, StringComparison.Ordinal);

    private async ValueTask CheckEndAsync(CancellationToken cancellationToken)
    {
        cancellation.ThrowIfCancellationRequested();
        try
        {
            await process.CompleteAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (FfmpegException error)
        {
            throw EndsEarly(error);
        }
        string said = process.ErrorTail;
        if (SignsOfTruncation.Any(sign => said.Contains(sign, StringComparison.OrdinalIgnoreCase)))
        {
            throw EndsEarly(new FfmpegException(said, exitCode: 0, said));
        }
    }

    private VideoFileException EndsEarly(FfmpegException? cause) => new(
        path,
        $"it ends early, after {count} frames: it is cut off or damaged. Fetch it again, or keep what is there with 'ffmpeg -i FILE -c copy NEW'."
            + (cause is null ? string.Empty : $" ffmpeg says: {Said(cause, path)}"),
        cause);
}
