using System.Numerics;
using Moda.Runtime.Dubbing;
using Moda.Runtime.Faces;
using Moda.Runtime.Imaging;
using Moda.Runtime.Media;
using Moda.Runtime.Motion;
using Moda.Runtime.Options;
using Moda.Runtime.Progress;
using Moda.Runtime.Sessions;

namespace Moda.Runtime.Driving;

/// <summary>Reads the motion of faces that drive others: of a picture, or of a video whose face was followed.</summary>
/// <param name="context">What the engine gives its clips.</param>
/// <param name="crop">Whether frames are cropped to the face.</param>
internal sealed class DrivingMotion(SessionContext context, DrivingCropMode crop)
{
    /// <summary>Rows and columns that the networks read.</summary>
    private const int NetworkSize = 256;

    /// <summary>Reads a picture: a template of one frame.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="landmarks">Its face's.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<MotionTemplate> ReadAsync(RgbImage picture, FaceLandmarks landmarks, CancellationToken cancellationToken)
    {
        FaceRegion? region = IsCropped(picture.Width, picture.Height) ? DrivingCrop.Of([landmarks]) : null;
        return await ReadFrameAsync(picture, region, landmarks, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads a video, decoding it again. A frame without a face has the motion of the one before it; the first ones that of the first face.</summary>
    /// <param name="video">The video.</param>
    /// <param name="progress">Told after each frame; null where nobody is told.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="VideoFileException">The file has changed since its face was followed.</exception>
    public async Task<MotionTemplate> ReadAsync(LoadedVideo video, IProgress<GenerationProgress>? progress, CancellationToken cancellationToken)
    {
        FaceRegion? region = IsCropped(video.Format.Width, video.Format.Height) ? await RegionAsync(video, cancellationToken).ConfigureAwait(false) : null;
        var frames = new List<MotionTemplate?>();
        VideoReader reader = await VideoReader.OpenAsync(video.Path, video.Ffmpeg, cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            var frame = new RgbImage(video.Format.Width, video.Format.Height);
            await foreach (FaceLandmarks? landmarks in video.Track.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                if (reader.FrameLength != frame.Pixels.Length || await reader.ReadAsync(frame.Pixels, cancellationToken).ConfigureAwait(false) is null)
                {
                    throw new VideoFileException(video.Path, "it has changed since it was prepared. Prepare it again.");
                }

                frames.Add(landmarks is null ? null : await ReadFrameAsync(frame, region, landmarks, cancellationToken).ConfigureAwait(false));
                progress?.Report(new GenerationProgress(GenerationStage.ReadingMotion, frames.Count, video.Track.Times.Count));
            }
        }

        return MotionTemplate.Join(AtSteadyTimes(frames, video), video.Format.FramesPerSecond.PerSecond);
    }

    // Of each time of the template's own rate the last frame that was shown by then.
    private static List<MotionTemplate> AtSteadyTimes(List<MotionTemplate?> frames, LoadedVideo video)
    {
        MotionTemplate last = frames.First(frame => frame is not null)!;
        var steady = new List<MotionTemplate>();
        int shown = 0;
        for (int frame = 0; video.Format.TimestampOf(frame) < video.Duration; frame++)
        {
            // Times are written to a millisecond.
            TimeSpan time = video.Format.TimestampOf(frame) + TimeSpan.FromMilliseconds(2);
            for (; shown < frames.Count && video.Track.Times[shown] <= time; shown++)
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
        await foreach (FaceLandmarks? found in video.Track.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (found is not null)
            {
                landmarks.Add(found);
            }
        }

        return DrivingCrop.Of(landmarks);
    }

    private Task<MotionTemplate> ReadFrameAsync(RgbImage frame, FaceRegion? region, FaceLandmarks landmarks, CancellationToken cancellationToken) =>
        context.OnMotionWorkerAsync(
            (worker, cancellation) =>
            {
                RgbImage face = region is { } cropped
                    ? DrivingCrop.Cut(frame, cropped, NetworkSize)
                    : ImageTransforms.ResizeBilinear(frame, NetworkSize, NetworkSize);
                ReadOnlySpan<Vector2> openings = FaceOpenness.Reads(landmarks.Points.Length) ? landmarks.Points : default;
                return worker.ReadMotion(face, cancellation).ToTemplate(openings);
            },
            cancellationToken);

    private bool IsCropped(int width, int height) => crop == DrivingCropMode.Always || width != height;
}
