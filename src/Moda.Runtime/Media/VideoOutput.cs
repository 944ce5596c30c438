using Microsoft.Win32.SafeHandles;
using Moda.Runtime.Audio;
using Moda.Runtime.Processes;
using Moda.Weights.Files;

namespace Moda.Runtime.Media;

/// <summary>
/// A place for a clip that is known to take it: that the name may be used, that the place can be written to, and that ffmpeg and its
/// encoder work is found out by <see cref="PrepareAsync"/>, before frames are made. Then <see cref="OpenAsync(VideoFormat, SoundTrack?, CancellationToken)"/> starts the clip.
/// </summary>
/// <remarks>
/// .mp4, .m4v, .mov and .mkv are encoded by ffmpeg; .y4m is uncompressed; an existing folder, or a name without an ending, takes PNG
/// files. <c>-</c> (standard output), pipes and devices take a stream of .y4m. A link is followed and stays a link.
/// </remarks>
public sealed class VideoOutput : IAsyncDisposable
{
    /// <summary>The name of standard output.</summary>
    public const string StandardOutput = "-";

    private readonly Func<VideoFormat, Accompaniment, IVideoSink> open;
    private readonly IDisposable place;
    private bool opened;

    private VideoOutput(IDisposable place, Func<VideoFormat, Accompaniment, IVideoSink> open)
    {
        this.place = place;
        this.open = open;
    }

    /// <summary>Finds out whether an output can be written, and keeps its place.</summary>
    /// <param name="path">The output.</param>
    /// <param name="options">How it treats what is there; null for the defaults, which replace nothing.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The place; the caller disposes it, after the sink that it opens.</returns>
    /// <exception cref="VideoFileException">The output cannot be written, may not be replaced, or has an unknown ending.</exception>
    /// <exception cref="FfmpegNotFoundException">ffmpeg is needed and missing.</exception>
    /// <exception cref="FfmpegException">ffmpeg has no encoder that works.</exception>
    public static Task<VideoOutput> PrepareAsync(string path, VideoOutputOptions? options = null, CancellationToken cancellationToken = default) =>
        Task.Run(() => PrepareByNameAsync(path, options ?? new VideoOutputOptions(), cancellationToken), cancellationToken);

    /// <summary>Prepares an output and opens it.</summary>
    /// <param name="path">The output.</param>
    /// <param name="format">The frames.</param>
    /// <param name="sound">What is heard beside the frames; folders and .y4m hold none. Null for none.</param>
    /// <param name="options">How it treats what is there; null for the defaults, which replace nothing.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The sink; the caller disposes it, before the sound.</returns>
    /// <inheritdoc cref="PrepareAsync" path="/exception"/>
    public static async Task<IVideoSink> OpenAsync(
        string path, VideoFormat format, SoundTrack? sound = null, VideoOutputOptions? options = null, CancellationToken cancellationToken = default)
    {
        VideoOutput output = await PrepareAsync(path, options, cancellationToken).ConfigureAwait(false);
        await using (output.ConfigureAwait(false))
        {
            return await output.OpenAsync(format, sound, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Opens a stream for a video that is written while its frames are made: a response to a browser, a socket, a file.</summary>
    /// <param name="stream">Takes the video from where it stands. It need not seek, and stays open.</param>
    /// <param name="container">How the video is written.</param>
    /// <param name="format">The frames.</param>
    /// <param name="sound">What is heard beside the frames; .y4m holds none. It ends with the frames, or up to 0.2 s later. Null for none.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>
    /// The sink; the caller disposes it, before the sound and the stream. A stream that takes no more is told by the next write as a
    /// <see cref="VideoFileException"/>.
    /// </returns>
    /// <exception cref="VideoFileException">Such frames cannot be encoded.</exception>
    /// <exception cref="FfmpegNotFoundException">ffmpeg is needed and missing.</exception>
    /// <exception cref="FfmpegException">ffmpeg has no encoder that works.</exception>
    public static Task<IVideoSink> OpenAsync(
        Stream stream,
        StreamContainer container,
        VideoFormat format,
        SoundTrack? sound = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(format);
        if (!Enum.IsDefined(container))
        {
            throw new ArgumentOutOfRangeException(nameof(container), container, "There is no such container.");
        }

        return Task.Run(
            async () =>
            {
                if (container == StreamContainer.Y4m)
                {
                    return (IVideoSink)new Y4mSink(stream, "the stream", format, leaveOpen: true);
                }

                var program = Ffmpeg.Locate();
                VideoEncoder encoder = await VideoEncoder.ChooseForStreamsAsync(program, cancellationToken).ConfigureAwait(false);
                return FragmentedVideoSink.Start(program, encoder, stream, format, sound);
            },
            cancellationToken);
    }

    /// <summary>Starts the clip; once.</summary>
    /// <param name="format">The frames.</param>
    /// <param name="sound">What is heard beside the frames; folders and .y4m hold none. Null for none.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The sink; the caller disposes it, before the sound.</returns>
    /// <exception cref="VideoFileException">Such frames cannot be encoded.</exception>
    public Task<IVideoSink> OpenAsync(VideoFormat format, SoundTrack? sound = null, CancellationToken cancellationToken = default) =>
        OpenAsync(format, new Accompaniment { Sound = sound }, cancellationToken);

    /// <summary>Starts the clip; once.</summary>
    /// <param name="format">The frames.</param>
    /// <param name="beside">What the video holds beside them.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The sink; the caller disposes it, before the sound.</returns>
    /// <exception cref="VideoFileException">Such frames cannot be encoded.</exception>
    public Task<IVideoSink> OpenAsync(VideoFormat format, Accompaniment beside, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(opened, this);
        return Task.Run(
            () =>
            {
                IVideoSink sink = open(format, beside);
                opened = true;
                return sink;
            },
            cancellationToken);
    }

    /// <summary>Gives the place back, unless a sink has it now.</summary>
    public ValueTask DisposeAsync()
    {
        if (!opened)
        {
            opened = true;
            place.Dispose();
        }
        return ValueTask.CompletedTask;
    }

    /// <summary>Whether an output is standard output, under whatever name.</summary>
    internal static bool IsStandardOutput(string path) => path is StandardOutput or "/dev/stdout" or "/dev/fd/1" or "/proc/self/fd/1";

    private static async Task<VideoOutput> PrepareByNameAsync(string path, VideoOutputOptions options, CancellationToken cancellationToken)
    {
        if (path.Length == 0)
        {
            throw new VideoFileException(path, "it is no name for a file.");
        }
        // Opening a pipe waits for whoever reads it, and no system call can end that wait.
        if (await Task.Run(() => OpenStream(path), cancellationToken).WaitAsync(cancellationToken).ConfigureAwait(false) is { } stream)
        {
            return new VideoOutput(stream, (format, _) => new Y4mSink(stream, path, format));
        }
        if (IsFolder(path))
        {
            var frames = FrameFolder.Prepare(path, options);
            return new VideoOutput(frames, (format, _) => new FrameFolderSink(frames, format));
        }
        string ending = Path.GetExtension(path).ToLowerInvariant();
        string? container = ending == ".y4m" ? null : FfmpegVideoSink.Container(path);
        if (options.Inputs.FirstOrDefault(input => IsSame(input, path)) is { } input)
        {
            throw new VideoFileException(path, $"it is the input '{input}'. Give another name.");
        }
        // A wrong ending is said before a missing ffmpeg, which would not help.
        Ffmpeg? ffmpeg = container is null ? null : Ffmpeg.Locate(options.FfmpegPath);
        PartialOutput output = PartialOutput.CreateFile(path, options.Overwrite);
        try
        {
            if (ffmpeg is null)
            {
                return new VideoOutput(output, (format, _) => new Y4mSink(output, format));
            }
            VideoEncoder encoder = await VideoEncoder.ChooseAsync(ffmpeg, container!, output.PartialPath, cancellationToken).ConfigureAwait(false);
            return new VideoOutput(
                output, (format, beside) => FfmpegVideoSink.Start(ffmpeg, encoder, output, container!, format, beside));
        }
        catch
        {
            output.Dispose();
            throw;
        }
    }

    private static bool IsFolder(string path) =>
        Path.EndsInDirectorySeparator(path) || Directory.Exists(path) || Path.GetExtension(path).Length == 0;

    private static bool IsSame(string input, string path)
    {
        try
        {
            return RealPath.AreSame(input, path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new VideoFileException(path, $"it cannot be compared with '{input}': {error.Message}", error);
        }
    }

    // What takes a stream and keeps nothing: standard output, pipes, devices. Null for all else.
    private static Stream? OpenStream(string path)
    {
        if (IsStandardOutput(path))
        {
            return Console.IsOutputRedirected
                ? StandardOutputStream()
                : throw new VideoFileException(path, "it is a terminal, which cannot show a video. Send it on to a program or a file.");
        }
        if (!File.Exists(path) || new FileInfo(path).Length > 0 || !IsPipeOrDevice(path))
        {
            return null;
        }
        if (Path.GetExtension(path).ToLowerInvariant() is not ("" or ".y4m"))
        {
            throw new VideoFileException(path, "it is a pipe or a device, which takes uncompressed video only; name it without an ending or as .y4m.");
        }
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new VideoFileException(path, $"it cannot be written: {error.Message}", error);
        }
    }

    // The console's own stream says nothing when nobody reads a pipe any more; in a file it goes on where others have written.
    private static Stream StandardOutputStream()
    {
        if (!OperatingSystem.IsWindows())
        {
            var stream = new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);
            if (!stream.CanSeek)
            {
                return stream;
            }
        }
        return Console.OpenStandardOutput();
    }

    private static bool IsPipeOrDevice(string path)
    {
        try
        {
            string real = RealPath.Of(path);
            if (real.StartsWith("/dev/", StringComparison.Ordinal) && !real.StartsWith("/dev/shm/", StringComparison.Ordinal))
            {
                return true;
            }
            // Open for both, a pipe waits for nobody.
            using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
            return !file.CanSeek;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
