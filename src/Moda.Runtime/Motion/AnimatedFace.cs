using System.Numerics;

namespace Moda.Runtime.Motion;

/// <summary>
/// The face that is driven: a portrait, whose one picture serves all frames, or a video, each of whose frames has its own keypoints, pose
/// and expression.
/// </summary>
internal sealed class AnimatedFace
{
    private readonly MotionTemplate motion;

    private AnimatedFace(MotionTemplate motion, bool isVideo)
    {
        if (motion.CanonicalKeypoints.IsEmpty || motion.Keypoints.IsEmpty)
        {
            throw new ArgumentException("Motion without canonical keypoints and keypoints can drive a face, but is none to be driven.", nameof(motion));
        }
        this.motion = motion;
        IsVideo = isVideo;
    }

    /// <summary>Whether each frame has its own face.</summary>
    public bool IsVideo { get; }

    /// <summary>Frames of a video; 1 of a portrait.</summary>
    public int Frames => motion.Frames;

    /// <summary>Whether it is known how far eyes and lips are open.</summary>
    public bool HasOpenings => !motion.EyeRatios.IsEmpty && !motion.LipRatios.IsEmpty;

    /// <summary>A portrait.</summary>
    /// <param name="source">What the motion extractor read from it.</param>
    /// <param name="landmarks">203 or 68 landmarks, or none.</param>
    public static AnimatedFace Portrait(SourceKeypoints source, ReadOnlySpan<Vector2> landmarks) => new(source.ToTemplate(landmarks), isVideo: false);

    /// <summary>A video.</summary>
    /// <param name="motion">What was read from its frames, with their keypoints.</param>
    /// <exception cref="ArgumentException">It has no keypoints.</exception>
    public static AnimatedFace Video(MotionTemplate motion) => new(motion, isVideo: true);

    /// <summary>A frame's keypoints as they stand in the crop, [21, 3].</summary>
    public ReadOnlySpan<float> Keypoints(int frame) => Of(motion.Keypoints, frame, MotionLayout.KeypointLength);

    /// <summary>A frame's keypoints in the face's neutral frame, [21, 3].</summary>
    public ReadOnlySpan<float> Canonical(int frame) => Of(motion.CanonicalKeypoints, frame, MotionLayout.KeypointLength);

    /// <summary>A frame's expression, [21, 3].</summary>
    public ReadOnlySpan<float> Expression(int frame) => motion.Expression(Own(frame));

    /// <summary>How the head is turned in a frame.</summary>
    public RotationMatrix Rotation(int frame) => motion.Rotation(Own(frame));

    /// <summary>The head's size in a frame.</summary>
    public float Scale(int frame) => motion.Scale(Own(frame));

    /// <summary>The head's place in a frame.</summary>
    public Vector2 PlaneTranslation(int frame) => motion.PlaneTranslation(Own(frame));

    /// <summary>The opening of the left, then of the right eye.</summary>
    public Vector2 Eyes(int frame) => new(Of(motion.EyeRatios, frame, 2));

    /// <summary>The opening of the lips.</summary>
    public float Lip(int frame) => Of(motion.LipRatios, frame, 1)[0];

    private int Own(int frame) => IsVideo ? frame : 0;

    private ReadOnlySpan<float> Of(ReadOnlyMemory<float> values, int frame, int width) => values.Span.Slice(Own(frame) * width, width);
}
