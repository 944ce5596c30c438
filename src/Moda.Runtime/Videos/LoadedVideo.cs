using System.Runtime.CompilerServices;
using Moda.Runtime.Faces;
using Moda.Runtime.Faces.Tracking;
using Moda.Runtime.Media;
using Moda.Runtime.Options;
using Moda.Runtime.Processes;

namespace Moda.Runtime.Videos;

/// <summary>What the first pass found out about a video file, which all later passes share.</summary>
/// <param name="Path">The file.</param>
/// <param name="Ffmpeg">What decodes it.</param>
/// <param name="Track">Where the faces are in each frame.</param>
/// <param name="Format">Its frames: size, rate, and whether they have times of their own.</param>
/// <param name="Start">From the file's start to its first frame.</param>
/// <param name="Framing">How faces are framed.</param>
internal sealed record LoadedVideo(string Path, Ffmpeg Ffmpeg, FaceTrack Track, VideoFormat Format, TimeSpan Start, PortraitOptions Framing) : IFaceVideo
{
    /// <inheritdoc/>
    public IReadOnlyList<TimeSpan> Times => Track.Times;

    /// <summary>From the first frame's start to the last one's end.</summary>
    public TimeSpan Duration => Times[^1] + Format.TimestampOf(1);

    /// <inheritdoc/>
    public async IAsyncEnumerable<VideoPicture> ReadAsync(Func<byte[]> rent, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        VideoReader reader = await VideoReader.OpenAsync(Path, Ffmpeg, cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            if (reader.Width != Format.Width || reader.Height != Format.Height)
            {
                throw Changed();
            }

            await foreach (IReadOnlyList<FaceLandmarks?> faces in Track.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                byte[] pixels = rent();
                if (await reader.ReadAsync(pixels, cancellationToken).ConfigureAwait(false) is null)
                {
                    throw Changed();
                }

                yield return new VideoPicture(pixels, faces);
            }
        }
    }

    private VideoFileException Changed() => new(Path, "it has changed since it was prepared. Prepare it again.");
}
