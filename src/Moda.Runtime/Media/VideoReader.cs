using Moda.Runtime.Imaging;
using Moda.Runtime.Processes;

namespace Moda.Runtime.Media;

/// <summary>
/// The frames of a video file with their times, decoded by ffmpeg: 8-bit RGB, upright, deinterlaced where the file says that a frame is
/// interlaced. Sides are even: the last row and column of odd ones are left out. One thread at a time.
/// </summary>
/// <remarks>ffmpeg reads video containers only, no network and no other file. Covers of music are no video.</remarks>
internal sealed class VideoReader : IAsyncDisposable
{
    /// <summary>The most pixels of a frame: 8192 x 4320.</summary>
    public const int MostPixels = 8192 * 4320;

    // What demuxers say when a file is shorter than its own index, though ffmpeg then ends with success.
    private static readonly string[] SignsOfTruncation = ["partial file", "ended prematurely", "Truncating packet", "truncated"];

    // Where the file does not say how long a frame is shown.
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

    /// <summary>Columns of a frame.</summary>
    public int Width => frames.Width;

    /// <summary>Rows of a frame.</summary>
    public int Height => frames.Height;

    /// <summary>Bytes of a frame, [height, width, 3].</summary>
    public int FrameLength => Width * Height * RgbImage.Channels;

    /// <summary>The rate that the file names. Frames may come at other times.</summary>
    public FrameRate NominalRate { get; }

    /// <summary>Size, nominal rate and pixels of its frames.</summary>
    public VideoFormat Format => new(Width, Height, NominalRate) { PixelAspect = frames.PixelAspect };

    /// <summary>From the file's start to its first frame; known once that was read.</summary>
    public TimeSpan Start => TimeSpan.FromMilliseconds(start ?? 0);

    /// <summary>Starts ffmpeg and reads to the first frame.</summary>
    /// <param name="path">The file.</param>
    /// <param name="ffmpeg">The program.</param>
    /// <param name="cancellationToken">Ends ffmpeg, also later on.</param>
    /// <returns>The reader; the caller disposes it.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
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
    /// <param name="pixels">[height, width, 3]: takes its RGB bytes.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>When it is shown, from the first frame on, to a millisecond; null behind the last one.</returns>
    /// <exception cref="VideoFileException">The file ends early, or its frames change their size.</exception>
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

    /// <summary>Ends ffmpeg when it still runs.</summary>
    public async ValueTask DisposeAsync()
    {
        await killing.DisposeAsync().ConfigureAwait(false);
        await process.DisposeAsync().ConfigureAwait(false);
    }

    // ffmpeg turns frames as their rotation says. Times are written to a millisecond, not to the nearest frame of the nominal rate.
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
