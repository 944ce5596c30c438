using Moda.Runtime.Options;

namespace Moda.Runtime.Motion;

/// <summary>
/// The lips of a voice on the face of a video: lips follow the voice, smoothed; all else of the expression, pose, size and place stays as
/// the frame has it. What it keeps is the lips at the times of the frames (18 numbers each), so frames can be driven one by one.
/// </summary>
/// <remarks>Reference: <c>MotionProcesser.video_lip_retargeting</c>, which takes region <c>lip</c>, relative, whatever is configured.</remarks>
internal sealed class VideoLips
{
    private const int KeypointLength = MotionLayout.KeypointLength;
    private const int StitchingDeltaLength = KeypointLength + 2;

    private static readonly int[] LipValues = [.. FaceKeypoints.Lip.ToArray().SelectMany(keypoint => Enumerable.Range(3 * keypoint, 3))];

    private readonly float[] lips;
    private readonly DrivingOptions options;
    private readonly IStitching? stitching;
    private readonly float[] pair = new float[2 * KeypointLength];
    private readonly float[] delta = new float[StitchingDeltaLength];

    private VideoLips(float[] lips, DrivingOptions options, IStitching? stitching)
    {
        this.lips = lips;
        this.options = options;
        this.stitching = stitching;
    }

    /// <summary>Frames that there are lips for.</summary>
    public int Frames => lips.Length / LipValues.Length;

    /// <summary>Bytes of host memory.</summary>
    public long ByteLength => lips.Length * sizeof(float);

    /// <summary>Takes the lips of a voice's motion at the times of a video's frames.</summary>
    /// <param name="motion">Denormalised, 25 frames in a second from the video's first frame on; 1 or more.</param>
    /// <param name="times">When the video's frames are shown, ascending.</param>
    /// <param name="options">Stitching, multiplier and smoothing are looked at.</param>
    /// <param name="stitching">The networks over keypoints; null where the options need none.</param>
    /// <param name="smoother">Smooths them where the options say so; null for the reference's.</param>
    public static VideoLips At(
        MotionSequence motion, IReadOnlyList<TimeSpan> times, DrivingOptions options, IStitching? stitching, KalmanSmoother? smoother = null)
    {
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

        bool smooths = options.Smoothing == MotionSmoothing.Kalman && times.Count > 0;
        return new VideoLips(smooths ? (smoother ?? KalmanSmoother.Default).Smooth(lips, LipValues.Length) : lips, options, stitching);
    }

    /// <summary>Drives one frame. One thread at a time.</summary>
    /// <param name="frame">Its number among the times.</param>
    /// <param name="source">What the motion extractor read from it.</param>
    /// <returns>Where its keypoints go, [21, 3].</returns>
    public float[] Drive(int frame, SourceKeypoints source)
    {
        Span<float> expression = stackalloc float[KeypointLength];
        source.Expression.Span.CopyTo(expression);
        ReadOnlySpan<float> own = lips.AsSpan(frame * LipValues.Length, LipValues.Length);
        for (int i = 0; i < own.Length; i++)
        {
            expression[LipValues[i]] = own[i];
        }

        float[] keypoints = new float[KeypointLength];
        float[] start = source.Transform();
        source.Place(expression, source.Pose.ToRotation(), source.Scale, source.PlaneTranslation, keypoints);
        if (options.Stitching)
        {
            Stitch(start, keypoints);
        }

        for (int i = 0; i < keypoints.Length; i++)
        {
            keypoints[i] = start[i] + ((keypoints[i] - start[i]) * options.Multiplier);
        }

        return keypoints;
    }

    private void Stitch(float[] start, float[] keypoints)
    {
        start.CopyTo(pair, 0);
        keypoints.CopyTo(pair, KeypointLength);
        stitching!.Stitch(pair, delta);
        for (int i = 0; i < keypoints.Length; i++)
        {
            keypoints[i] += delta[i] + (i % 3 < 2 ? delta[KeypointLength + (i % 3)] : 0);
        }
    }
}
