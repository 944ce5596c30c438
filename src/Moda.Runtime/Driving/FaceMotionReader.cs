using System.Numerics;
using Moda.Runtime.Faces;
using Moda.Runtime.Imaging;
using Moda.Runtime.Motion;
using Moda.Runtime.Progress;
using Moda.Runtime.Sessions;
using Moda.Runtime.Videos;

namespace Moda.Runtime.Driving;

/// <summary>Reads the motion of faces by the motion extractor.</summary>
/// <param name="context">What the engine gives its clips.</param>
/// <param name="cut">Makes what the extractor reads, 256 x 256, of a picture and its face's landmarks.</param>
internal sealed class FaceMotionReader(SessionContext context, Func<RgbImage, FaceLandmarks, RgbImage> cut)
{
    /// <summary>Rows and columns that the motion extractor reads.</summary>
    public const int NetworkSize = 256;

    /// <summary>Reads one picture: a template of one frame.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="landmarks">Its face's.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public Task<MotionTemplate> ReadAsync(RgbImage picture, FaceLandmarks landmarks, CancellationToken cancellationToken) =>
        context.OnMotionWorkerAsync(
            (worker, cancellation) =>
            {
                ReadOnlySpan<Vector2> openings = FaceOpenness.Reads(landmarks.Points.Length) ? landmarks.Points : default;
                return worker.ReadMotion(cut(picture, landmarks), cancellation).ToTemplate(openings);
            },
            cancellationToken);

    /// <summary>Reads a video, decoding it again.</summary>
    /// <param name="video">The video.</param>
    /// <param name="count">How many of its frames, from the first on; 1 or more.</param>
    /// <param name="progress">Told after each frame; null where nobody is told.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>A template of one frame for each frame; null where there is no face.</returns>
    /// <exception cref="Media.VideoFileException">The file has changed since its face was followed.</exception>
    public async Task<IReadOnlyList<MotionTemplate?>> ReadAsync(
        IFaceVideo video, int count, IProgress<GenerationProgress>? progress, CancellationToken cancellationToken)
    {
        var frames = new List<MotionTemplate?>(count);
        var frame = new RgbImage(video.Format.Width, video.Format.Height);
        await foreach (VideoPicture picture in video.ReadAsync(() => frame.Pixels, cancellationToken).ConfigureAwait(false))
        {
            frames.Add(picture.Landmarks is { } landmarks ? await ReadAsync(frame, landmarks, cancellationToken).ConfigureAwait(false) : null);
            progress?.Report(new GenerationProgress(GenerationStage.ReadingMotion, frames.Count, count));
            if (frames.Count == count)
            {
                break;
            }
        }

        return frames;
    }
}
