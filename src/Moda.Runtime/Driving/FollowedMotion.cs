using Moda.Runtime.Faces;
using Moda.Runtime.Motion;
using Moda.Runtime.Options;
using Moda.Runtime.Progress;
using Moda.Runtime.Sessions;
using Moda.Runtime.Videos;
using Moda.Runtime.Workers;

namespace Moda.Runtime.Driving;

/// <summary>
/// Drives the face of a video by the motion of another one. Both are smoothed together over their whole length, so the video's own motion
/// is read before the first frame is made.
/// </summary>
/// <remarks>Reference: LivePortrait's <c>live_portrait_pipeline.py</c> with a source video.</remarks>
internal sealed class FollowedMotion : IVideoDriver
{
    /// <summary>Of a frame: times so near to one of the motion's frames are that frame's. Rates and times are rounded.</summary>
    private const double Rounding = 1e-3;

    private readonly SessionContext context;
    private readonly IFaceVideo video;
    private readonly MotionTemplate motion;
    private readonly double[] places;
    private readonly KeypointDriver driver;
    private volatile DrivingKeypoints? keypoints;

    /// <summary>Prepares it.</summary>
    /// <param name="context">What the engine gives its clips.</param>
    /// <param name="video">The video.</param>
    /// <param name="motion">The other face's; one of a single frame drives every frame.</param>
    /// <param name="options">How.</param>
    public FollowedMotion(SessionContext context, IFaceVideo video, MotionTemplate motion, DrivingOptions options)
    {
        this.context = context;
        this.video = video;
        driver = new KeypointDriver(options, context.Stitching);
        this.motion = motion;
        places = PlacesIn(motion, video);
        FrameTimes = [.. video.Times.Take(places.Length)];
    }

    /// <inheritdoc/>
    public StageTimes Times { get; } = new();

    /// <inheritdoc/>
    public long HostBytes => (keypoints?.Values.Length ?? 0) * sizeof(float);

    /// <inheritdoc/>
    public IReadOnlyList<TimeSpan> FrameTimes { get; }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<TimeSpan>> BeginAsync(
        ClipSession clip, IProgress<GenerationProgress>? progress, CancellationToken cancellationToken)
    {
        var reader = new FaceMotionReader(context, (frame, landmarks) => Portrait.OfFrame(frame, landmarks, video.Framing).Crop.ToNetworkInput());
        using StageTimes.Measurement measurement = Times.Measure(GenerationStage.ReadingMotion);
        IReadOnlyList<MotionTemplate?> own = await reader.ReadAsync(video, places.Length, progress, cancellationToken).ConfigureAwait(false);
        if (WithoutGaps(own) is { } source)
        {
            bool isPhoto = motion.Frames == 1;
            MotionTemplate driving = isPhoto ? motion : motion.AtPlaces(places, motion.FramesPerSecond);
            keypoints = await context.OnMotionWorkerAsync((_, _) => driver.Drive(source, driving, isPhoto), cancellationToken).ConfigureAwait(false);
        }

        return FrameTimes;
    }

    /// <inheritdoc/>
    public ReadOnlyMemory<float> Drive(int frame, int face, LoadedPortrait portrait, FaceLandmarks landmarks) => keypoints!.Keep(frame);

    // Where among the motion's frames those of the video lie, as long as the motion lasts. A picture lasts as long as the video.
    private static double[] PlacesIn(MotionTemplate motion, IFaceVideo video)
    {
        if (motion.Frames == 1)
        {
            return new double[video.Times.Count];
        }

        var places = new List<double>();
        for (int frame = 0; frame < video.Times.Count; frame++)
        {
            TimeSpan time = video.Format.HasOwnTimes ? video.Times[frame] : video.Format.TimestampOf(frame);
            double place = time.TotalSeconds * motion.FramesPerSecond;
            double nearest = Math.Round(place);
            place = Math.Abs(place - nearest) < Rounding ? nearest : place;
            if (place >= motion.Frames)
            {
                break;
            }

            places.Add(place);
        }

        return [.. places];
    }

    // A frame without a face stands for the one before it, and for the first face; it is not rendered. Null where there is no face at all.
    private static MotionTemplate? WithoutGaps(IReadOnlyList<MotionTemplate?> frames)
    {
        MotionTemplate? last = frames.FirstOrDefault(frame => frame is not null);
        return last is null ? null : MotionTemplate.Join([.. frames.Select(frame => last = frame ?? last)], last.FramesPerSecond);
    }
}
