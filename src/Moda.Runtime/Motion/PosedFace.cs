using System.Numerics;
using Moda.Runtime.Options;

namespace Moda.Runtime.Motion;

/// <summary>A portrait whose face is posed by sliders, as often as they move. Any number of threads may use it at once.</summary>
/// <remarks>Reference: <c>execute_image_retargeting</c> of LivePortrait's <c>gradio_pipeline.py</c>.</remarks>
internal sealed class PosedFace
{
    // The reference compares openings with those of the portrait as its sliders show them.
    private const int SliderDecimals = 2;

    private readonly SourceKeypoints source;
    private readonly AnimatedFace face;

    /// <summary>Prepares a portrait.</summary>
    /// <param name="source">What the motion extractor read from it.</param>
    /// <param name="landmarks">203 or 68 landmarks, or none: then eyes and lips keep their openings.</param>
    public PosedFace(SourceKeypoints source, ReadOnlySpan<Vector2> landmarks)
    {
        this.source = source;
        face = AnimatedFace.Portrait(source, landmarks);
        if (face.HasOpenings)
        {
            Vector2 eyes = face.Eyes(0);
            EyeOpening = Math.Round((eyes.X + eyes.Y) / 2.0, SliderDecimals);
            LipOpening = Math.Round(face.Lip(0), SliderDecimals);
        }
    }

    /// <summary>The mean opening of the portrait's eyes, as a slider shows it; null where it is not known.</summary>
    public double? EyeOpening { get; }

    /// <summary>The opening of the portrait's lips, as a slider shows it; null where it is not known.</summary>
    public double? LipOpening { get; }

    /// <summary>Where the keypoints go.</summary>
    /// <param name="pose">The sliders.</param>
    /// <param name="stitching">The networks over keypoints.</param>
    /// <param name="stitch">Whether the keypoints are fitted to the portrait's shoulders.</param>
    /// <param name="keypoints">Takes them, [21, 3].</param>
    /// <exception cref="ArgumentException">Eyes or lips are to be opened, and the portrait has no landmarks that tell how far they are.</exception>
    public void Place(in FacePose pose, IStitching stitching, bool stitch, Span<float> keypoints)
    {
        if (pose.NeedsOpenings && !face.HasOpenings)
        {
            throw new ArgumentException("Opening eyes or lips needs 203 or 68 landmarks of the portrait, which it was prepared without.", nameof(pose));
        }
        Span<float> expression = stackalloc float[MotionLayout.KeypointLength];
        source.Expression.Span.CopyTo(expression);
        ExpressionSliders.Add(pose, expression);
        var rotation = RotationMatrix.FromDegrees(source.Pose.Pitch + pose.Pitch, source.Pose.Yaw + pose.Yaw, source.Pose.Roll + pose.Roll);
        source.Place(expression, rotation, (float)pose.Zoom * source.Scale, source.PlaneTranslation, keypoints);
        for (int i = 2; i < keypoints.Length; i += 3)
        {
            // Only here the reference keeps the depth of the translation.
            keypoints[i] += source.Translation.Z;
        }
        if (pose.EyeOpening is { } eyes && eyes != EyeOpening)
        {
            FaceRetargeting.AddEyes(stitching, face, 0, (float)eyes, keypoints);
        }
        if (pose.LipOpening is { } lip && lip != LipOpening)
        {
            FaceRetargeting.AddLip(stitching, face, 0, (float)lip, keypoints);
        }
        if (stitch)
        {
            FaceRetargeting.Stitch(stitching, face, keypoints);
        }
    }
}
