using Moda.Runtime.Processes;

namespace Moda.Runtime.Media;

/// <summary>Looks at video files.</summary>
internal static class VideoFile
{
    /// <summary>Finds out whether a file can be read as a video, by its first frame.</summary>
    /// <param name="path">Any file.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>Size and rate of its frames. Whether they have times of their own is not known before all are read.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="VideoFileException">The file holds no video or no frames, or its frames are too large.</exception>
    /// <exception cref="FfmpegNotFoundException">There is no ffmpeg.</exception>
    public static Task<VideoFormat> CheckAsync(string path, CancellationToken cancellationToken = default) => Task.Run(
        async () =>
        {
            VideoReader reader = await VideoReader.OpenAsync(path, Ffmpeg.Locate(), cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                return reader.Format;
            }
        },
        cancellationToken);
}
