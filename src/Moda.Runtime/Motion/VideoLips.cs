using System.Numerics;
using Moda.Runtime.Options;

namespace Moda.Runtime.Motion;

/// <summary>
/// The lips of a voice on the face of a video: lips follow the voice, smoothed; all else of the expression, pose, size and place stays as
/// the frame has it. What it keeps is the lips at the times of the frames (18 numbers each), so frames can be driven one by one.
/// </summary>
/// <remarks>Reference: <c>MotionProcesser.video_lip_retargeting</c>, which takes region <c>lip</c>, relative, whatever is configured.</remarks>
internal sealed class VideoLips
{
    private static readonly int[] LipValues = [.. FaceKeypoints.Lip.ToArray().SelectMany(keypoint => Enumerable.Range(3 * keypoint, 3))];

    private readonly float[] lips;
    private readonly KeypointDriver driver;

    private VideoLips(float[] lips, KeypointDriver driver)
    {
        this.lips = lips;
        this.driver = driver;
    }

    /// <summary>Frames that there are lips for.</summary>
    public int Frames => lips.Length / LipValues.Length;

    /// <summary>Bytes of host memory.</summary>
    public long ByteLength => lips.Length * sizeof(float);

    /// <summary>Takes the lips of a voice's motion at the times of a video's frames.</summary>
    /// <param name="motion">Denormalised, 25 frames in a second from the video's first frame on; 1 or more.</param>
    /// <param name="times">When the video's frames are shown, ascending.</param>
    /// <param name="options">Stitching, multiplier and smoothing are looked at; the region is always the lips.</param>
    /// <param name="stitching">The networks over keypoints; null where the options need none.</param>
    /// <exception cref="ArgumentException">The options need networks and there are none.</exception>
    public static VideoLips At(MotionSequence motion, IReadOnlyList<TimeSpan> times, DrivingOptions options, IStitching? stitching)
    {
        var driver = new KeypointDriver(
            options with { Region = AnimationRegion.Lip, RelativeMotion = true, AbsoluteLips = true, Gaze = default, Smoothing = MotionSmoothing.None },
            stitching);
        float[] lips = new float[times.Count * LipValues.Length];
        for (int frame = 0; frame < times.Count; frame++)
        {
            // Between two frames of motion lips move in a straight line; behind the last one they stay.
            double place = Math.Clamp(times[frame].TotalSeconds * GenerationOptions.FramesPerSecond, 0, motion.Frames - 1);
            int before = (int)place;
            float share = (float)(place - before);
            ReadOnlySpan<float> first = motion.Expression(before);
            ReadOnlySpan<float> second = motion.Expression(Math.Min(before + 1, motion.Frames - 1));
            Span<float> own = lips.AsSpan(frame * LipValues.Length, LipValues.Length);
            for (int i = 0; i < own.Length; i++)
            {
                own[i] = first[LipValues[i]] + ((second[LipValues[i]] - first[LipValues[i]]) * share);
            }
        }

        KalmanSmoother smoother = KalmanSmoother.Default with { ObservationVariance = options.ObservationVariance };
        bool smooths = options.Smoothing == MotionSmoothing.Kalman && times.Count > 0;
        return new VideoLips(smooths ? smoother.Smooth(lips, LipValues.Length) : lips, driver);
    }

    /// <summary>Drives one frame, which is a video of one frame with motion of one frame. One thread at a time.</summary>
    /// <param name="frame">Its number among the times.</param>
    /// <param name="source">What the motion extractor read from it.</param>
    /// <param name="landmarks">203 or 68 landmarks of it, for options that close lips.</param>
    /// <returns>Where its keypoints go, [21, 3].</returns>
    public ReadOnlyMemory<float> Drive(int frame, SourceKeypoints source, ReadOnlySpan<Vector2> landmarks = default)
    {
        MotionTemplate own = source.ToTemplate(landmarks);
        float[] expression = own.Expressions.ToArray();
        ReadOnlySpan<float> spoken = lips.AsSpan(frame * LipValues.Length, LipValues.Length);
        for (int i = 0; i < spoken.Length; i++)
        {
            expression[LipValues[i]] = spoken[i];
        }

        var motion = new MotionTemplate(own.FramesPerSecond, own.Scales, own.Rotations, expression, own.Translations);
        return driver.Drive(own, motion, isPhoto: true).Keep(0);
    }
}
