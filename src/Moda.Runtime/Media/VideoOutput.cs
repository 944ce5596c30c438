using System.Collections.ObjectModel;
using Microsoft.Win32.SafeHandles;
using Moda.Runtime.Audio;
using Moda.Runtime.Processes;
using Moda.Weights.Files;

namespace Moda.Runtime.Media;

/// <summary>
/// An output that was checked before frames are made. <see cref="PrepareAsync"/> checks that the name may be used, that the folder can be
/// written to, and that ffmpeg and its encoder work. Then <see cref="OpenAsync(VideoFormat, SoundTrack?, CancellationToken)"/> starts the
/// clip.
/// </summary>
/// <remarks>
/// ffmpeg encodes .mp4, .m4v, .mov and .mkv. A .y4m file is uncompressed. An existing folder, or a name without an extension, receives PNG
/// files. <c>-</c> (standard output), pipes and devices receive an uncompressed .y4m stream. Links are followed and stay links.
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

    /// <summary>Checks whether an output can be written, and reserves it.</summary>
    /// <param name="path">The path of the output.</param>
    /// <param name="options">Whether existing files are replaced; null for the defaults, which replace nothing.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The output. The caller disposes it, after the sink that it opens.</returns>
    /// <exception cref="VideoFileException">The output cannot be written, may not be replaced, or has an unknown extension.</exception>
    /// <exception cref="FfmpegNotFoundException">ffmpeg is needed and was not found.</exception>
    /// <exception cref="FfmpegException">ffmpeg has no encoder that works.</exception>
    public static Task<VideoOutput> PrepareAsync(string path, VideoOutputOptions? options = null, CancellationToken cancellationToken = default) =>
        Task.Run(() => PrepareByNameAsync(path, options ?? new VideoOutputOptions(), cancellationToken), cancellationToken);

    /// <summary>Prepares an output and opens it.</summary>
    /// <param name="path">The path of the output.</param>
    /// <param name="format">The format of the frames.</param>
    /// <param name="sound">The sound; null for none. Folders and .y4m hold no sound.</param>
    /// <param name="options">Whether existing files are replaced; null for the defaults, which replace nothing.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The sink. The caller disposes it before the sound.</returns>
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
    /// <param name="tags">Metadata of the video, by key: a title, or a mark that it was generated. .y4m holds none. Null for none.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>
    /// The sink; the caller disposes it, before the sound and the stream. A stream that takes no more is told by the next write as a
    /// <see cref="VideoFileException"/>.
    /// </returns>
    /// <exception cref="VideoFileException">Frames of this format cannot be encoded.</exception>
    /// <exception cref="FfmpegNotFoundException">ffmpeg is needed and was not found.</exception>
    /// <exception cref="FfmpegException">ffmpeg has no encoder that works.</exception>
    public static Task<IVideoSink> OpenAsync(
        Stream stream,
        StreamContainer container,
        VideoFormat format,
        SoundTrack? sound = null,
        IReadOnlyDictionary<string, string>? tags = null,
        CancellationToken cancellationToken = default) =>
        OpenAsync(stream, container, format, new Accompaniment { Sound = sound }, tags, cancellationToken);

    /// <summary>Opens a stream for a video that is written while its frames are made, such as a dubbed one, whose frames may outlast the voice.</summary>
    /// <param name="stream">Takes the video from where it stands. It need not seek, and stays open.</param>
    /// <param name="container">How the video is written.</param>
    /// <param name="format">The frames.</param>
    /// <param name="beside">What the video holds beside its frames: a sound. Streams of other files cannot be copied into a stream.</param>
    /// <param name="tags">Metadata of the video, by key: a title, or a mark that it was generated. .y4m holds none. Null for none.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="ArgumentException"><paramref name="beside"/> names a file whose streams are to be copied.</exception>
    /// <inheritdoc cref="OpenAsync(Stream, StreamContainer, VideoFormat, SoundTrack?, IReadOnlyDictionary{string, string}?, CancellationToken)"/>
    public static Task<IVideoSink> OpenAsync(
        Stream stream,
        StreamContainer container,
        VideoFormat format,
        Accompaniment beside,
        IReadOnlyDictionary<string, string>? tags = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(format);
        ArgumentNullException.ThrowIfNull(beside);
        if (beside.StreamsOf is not null)
        {
            throw new ArgumentException($"The streams of '{beside.StreamsOf}' cannot be copied into a stream. Write the video to a file.", nameof(beside));
        }

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
                return FragmentedVideoSink.Start(program, encoder, stream, format, beside, tags ?? ReadOnlyDictionary<string, string>.Empty);
            },
            cancellationToken);
    }

    /// <summary>Starts the clip. It may be called once.</summary>
    /// <param name="format">The format of the frames.</param>
    /// <param name="sound">The sound; null for none. Folders and .y4m hold no sound.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The sink. The caller disposes it before the sound.</returns>
    /// <exception cref="VideoFileException">Frames of this format cannot be encoded.</exception>
    public Task<IVideoSink> OpenAsync(VideoFormat format, SoundTrack? sound = null, CancellationToken cancellationToken = default) =>
        OpenAsync(format, new Accompaniment { Sound = sound }, cancellationToken);

    /// <summary>Starts the clip. It may be called once.</summary>
    /// <param name="format">The format of the frames.</param>
    /// <param name="beside">What the video holds beside its frames.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The sink. The caller disposes it before the sound.</returns>
    /// <exception cref="VideoFileException">Frames of this format cannot be encoded.</exception>
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

    /// <summary>Releases the reserved output, unless a sink has taken it over.</summary>
    public ValueTask DisposeAsync()
    {
        if (!opened)
        {
            opened = true;
            place.Dispose();
        }
        return ValueTask.CompletedTask;
    }

    /// <summary>Whether a path is one of the names of standard output.</summary>
    internal static bool IsStandardOutput(string path) => path is StandardOutput or "/dev/stdout" or "/dev/fd/1" or "/proc/self/fd/1";

    private static async Task<VideoOutput> PrepareByNameAsync(string path, VideoOutputOptions options, CancellationToken cancellationToken)
    {
        if (path.Length == 0)
        {
            throw new VideoFileException(path, "it is no name for a file.");
        }
        // Opening a pipe waits until another process reads it. No system call can cancel that wait, so it is left behind on its thread.
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
        // A wrong extension is reported before a missing ffmpeg, because installing ffmpeg would not help.
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

    // Opens outputs that receive a stream: standard output, pipes, devices. Returns null for all others.
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

    // The console's own stream reports no error when the reader of a pipe has gone, so pipes are opened directly. For files the console's
    // stream is used, because it continues after what other programs have written.
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
            // Opening a pipe for both reading and writing does not wait for another process.
            using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
            return !file.CanSeek;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
