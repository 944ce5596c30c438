using Moda.Runtime.Processes;

namespace Moda.Runtime.Media;

/// <summary>Checks video files.</summary>
internal static class VideoFile
{
    /// <summary>Checks whether a file can be read as a video, by reading its first frame.</summary>
    /// <param name="path">Any file.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>
    /// The size and rate of the frames. Whether the frames have their own times is known only after reading all of them, so <see
    /// cref="VideoFormat.HasOwnTimes"/> is false.
    /// </returns>
    /// <exception cref="FileNotFoundException">The file does not exist.</exception>
    /// <exception cref="VideoFileException">The file holds no video or no frames, or its frames are too large.</exception>
    /// <exception cref="FfmpegNotFoundException">ffmpeg was not found.</exception>
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
