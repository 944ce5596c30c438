namespace Moda.Runtime.Media;

/// <summary>Opens the sink that an output's name asks for.</summary>
public static class VideoOutput
{
    /// <summary>
    /// Opens a sink: .mp4, .m4v, .mov and .mkv by ffmpeg, .y4m uncompressed, and a folder (an existing one, or a name
    /// without an ending) for PNG files.
    /// </summary>
    /// <param name="path">The output.</param>
    /// <param name="format">The frames.</param>
    /// <param name="audioPath">What ffmpeg puts beside the frames; folders and .y4m hold no audio. Null for none.</param>
    /// <param name="ffmpegPath">Where ffmpeg is; null looks for it as <see cref="Ffmpeg.Locate"/> does.</param>
    /// <param name="cancellationToken">Stops the opening.</param>
    /// <exception cref="VideoOutputException">The output cannot be written, or its ending is unknown.</exception>
    /// <exception cref="FfmpegNotFoundException">ffmpeg is needed and missing.</exception>
    public static Task<IVideoSink> OpenAsync(
        string path, VideoFormat format, string? audioPath = null, string? ffmpegPath = null, CancellationToken cancellationToken = default) =>
        Task.Run(() => OpenByNameAsync(path, format, audioPath, ffmpegPath, cancellationToken), cancellationToken);

    /// <summary>Whether a path stands for a folder of frames.</summary>
    /// <param name="path">An output.</param>
    public static bool IsFolder(string path) =>
        Path.EndsInDirectorySeparator(path) || Directory.Exists(path) || Path.GetExtension(path).Length == 0;

    private static async Task<IVideoSink> OpenByNameAsync(
        string path, VideoFormat format, string? audioPath, string? ffmpegPath, CancellationToken cancellationToken)
    {
        if (IsFolder(path))
        {
            return new FrameFolderSink(path, format);
        }
        if (string.Equals(Path.GetExtension(path), ".y4m", StringComparison.OrdinalIgnoreCase))
        {
            return new Y4mSink(path, format);
        }
        // A wrong ending is said before a missing ffmpeg, which would not help.
        _ = FfmpegVideoSink.Container(path);
        return await FfmpegVideoSink.CreateAsync(Ffmpeg.Locate(ffmpegPath), path, format, audioPath, cancellationToken).ConfigureAwait(false);
    }
}
