using Moda.Runtime.Faces;
using Moda.Runtime.Imaging;
using Moda.Runtime.Media;
using Moda.Runtime.Motion;
using Moda.Runtime.Options;
using Moda.Runtime.Progress;
using Moda.Runtime.Sessions;
using Moda.Runtime.Videos;

namespace Moda.Runtime.Driving;

/// <summary>Reads the motion of faces that drive others: of a picture, or of a video whose face was followed.</summary>
/// <param name="context">What the engine gives its clips.</param>
/// <param name="crop">Whether frames are cropped to the face.</param>
internal sealed class DrivingMotion(SessionContext context, DrivingCropMode crop)
{
    /// <summary>Reads a picture: a template of one frame.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="landmarks">Its face's.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<MotionTemplate> ReadAsync(RgbImage picture, FaceLandmarks landmarks, CancellationToken cancellationToken)
    {
        FaceRegion? region = IsCropped(picture.Width, picture.Height) ? DrivingCrop.Of([landmarks]) : null;
        return await Reader(region).ReadAsync(picture, landmarks, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads a video, decoding it again. A frame without a face has the motion of the one before it; the first ones that of the first face.</summary>
    /// <param name="video">The video.</param>
    /// <param name="progress">Told after each frame; null where nobody is told.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="VideoFileException">The file has changed since its face was followed.</exception>
    public async Task<MotionTemplate> ReadAsync(LoadedVideo video, IProgress<GenerationProgress>? progress, CancellationToken cancellationToken)
    {
        FaceRegion? region = IsCropped(video.Format.Width, video.Format.Height) ? await RegionAsync(video, cancellationToken).ConfigureAwait(false) : null;
        IReadOnlyList<MotionTemplate?> frames = await Reader(region).ReadAsync(video, video.Times.Count, progress, cancellationToken).ConfigureAwait(false);
        return MotionTemplate.Join(AtSteadyTimes(frames, video), video.Format.FramesPerSecond.PerSecond);
    }

    // Of each time of the template's own rate the last frame that was shown by then.
    private static List<MotionTemplate> AtSteadyTimes(IReadOnlyList<MotionTemplate?> frames, LoadedVideo video)
    {
        MotionTemplate last = frames.First(frame => frame is not null)!;
        var steady = new List<MotionTemplate>();
        int shown = 0;
        for (int frame = 0; video.Format.TimestampOf(frame) < video.Duration; frame++)
        {
            // Times are written to a millisecond.
            TimeSpan time = video.Format.TimestampOf(frame) + TimeSpan.FromMilliseconds(2);
            for (; shown < frames.Count && video.Times[shown] <= time; shown++)
            {
                last = frames[shown] ?? last;
            }

            steady.Add(last);
        }

        return steady;
    }

    private static async Task<FaceRegion> RegionAsync(LoadedVideo video, CancellationToken cancellationToken)
    {
        var landmarks = new List<FaceLandmarks>();
        await foreach (IReadOnlyList<FaceLandmarks?> faces in video.Track.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (faces[0] is { } found)
            {
                landmarks.Add(found);
            }
        }

        return DrivingCrop.Of(landmarks);
    }

    private FaceMotionReader Reader(FaceRegion? region) => new(
        context,
        (frame, _) => region is { } cropped
            ? DrivingCrop.Cut(frame, cropped, FaceMotionReader.NetworkSize)
            : ImageTransforms.ResizeBilinear(frame, FaceMotionReader.NetworkSize, FaceMotionReader.NetworkSize));

    private bool IsCropped(int width, int height) => crop == DrivingCropMode.Always || width != height;
}
