namespace Moda.Runtime.Motion;

/// <summary>Brings the lips of a whole video to one opening, or to rest.</summary>
/// <param name="stitching">The networks over keypoints.</param>
/// <param name="observationVariance">How far the Kalman smoother takes a frame's lips to lie from the truth.</param>
/// <remarks>Reference: LivePortrait's <c>execute_video_retargeting</c>.</remarks>
internal sealed class LipRetargeting(IStitching stitching, double observationVariance = LipRetargeting.UsualObservationVariance)
{
    /// <summary>The reference's.</summary>
    public const double UsualObservationVariance = 3e-6;

    private const int KeypointLength = MotionLayout.KeypointLength;

    /// <summary>Opens the lips of every frame as far; what that takes is smoothed over time.</summary>
    /// <param name="video">What was read from the video, with its keypoints and openings.</param>
    /// <param name="opening">Height over width; 0 closes them.</param>
    public DrivingKeypoints Open(MotionTemplate video, float opening)
    {
        AnimatedFace face = AnimatedFace.Video(video);
        float[] deltas = new float[face.Frames * KeypointLength];
        for (int frame = 0; frame < face.Frames; frame++)
        {
            FaceRetargeting.AddLip(stitching, face, frame, opening, deltas.AsSpan(frame * KeypointLength, KeypointLength));
        }
        KalmanSmoother smoother = KalmanSmoother.Default with { ObservationVariance = observationVariance };
        float[] keypoints = smoother.Smooth(deltas, KeypointLength);
        for (int i = 0; i < keypoints.Length; i++)
        {
            keypoints[i] += face.Keypoints(i / KeypointLength)[i % KeypointLength];
        }
        FaceRetargeting.Stitch(stitching, face, keypoints);
        return new DrivingKeypoints(keypoints);
    }

    /// <summary>Puts every frame's expression to rest, but for its eyes.</summary>
    /// <param name="video">What was read from the video, with its keypoints.</param>
    /// <remarks>Here the reference keeps the depth of the translation, which it drops everywhere else.</remarks>
    public DrivingKeypoints Silence(MotionTemplate video)
    {
        AnimatedFace face = AnimatedFace.Video(video);
        float[] keypoints = new float[face.Frames * KeypointLength];
        Span<float> expression = stackalloc float[KeypointLength];
        for (int frame = 0; frame < face.Frames; frame++)
        {
            RestExpression.Values.CopyTo(expression);
            foreach (int keypoint in FaceKeypoints.Eyes)
            {
                face.Expression(frame).Slice(3 * keypoint, 3).CopyTo(expression[(3 * keypoint)..]);
            }
            Span<float> placed = keypoints.AsSpan(frame * KeypointLength, KeypointLength);
            SourceKeypoints.PlaceKeypoints(face.Canonical(frame), expression, face.Rotation(frame), face.Scale(frame), face.PlaneTranslation(frame), placed);
            float depth = video.Translations.Span[3 * frame + 2];
            for (int i = 2; i < KeypointLength; i += 3)
            {
                placed[i] += depth;
            }
        }
        FaceRetargeting.Stitch(stitching, face, keypoints);
        return new DrivingKeypoints(keypoints);
    }
}
