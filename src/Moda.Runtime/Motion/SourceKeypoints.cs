using System.Numerics;

namespace Moda.Runtime.Motion;

/// <summary>What the motion extractor reads from the portrait.</summary>
/// <param name="Canonical">[21, 3]: the face's keypoints in its own neutral frame.</param>
/// <param name="Expression">[21, 3]: what the expression moves them by.</param>
/// <param name="Pose">How the head is turned.</param>
/// <param name="Scale">The head's size, around 1.3 after the usual crop.</param>
/// <param name="Translation">The head's place in the image plane; depth is never used.</param>
public sealed record SourceKeypoints(
    ReadOnlyMemory<float> Canonical, ReadOnlyMemory<float> Expression, HeadPose Pose, float Scale, Vector2 Translation)
{
    /// <summary>Takes the motion extractor's outputs for one image.</summary>
    /// <param name="pitch">[66] logits, or one value in degrees.</param>
    /// <param name="yaw">As pitch.</param>
    /// <param name="roll">As pitch.</param>
    /// <param name="translation">[3]; z is dropped.</param>
    /// <param name="expression">[63].</param>
    /// <param name="scale">The head's size.</param>
    /// <param name="canonical">[63].</param>
    public static SourceKeypoints FromMotionExtractor(
        ReadOnlySpan<float> pitch,
        ReadOnlySpan<float> yaw,
        ReadOnlySpan<float> roll,
        ReadOnlySpan<float> translation,
        ReadOnlySpan<float> expression,
        float scale,
        ReadOnlySpan<float> canonical)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(expression.Length, MotionLayout.KeypointLength, nameof(expression));
        ArgumentOutOfRangeException.ThrowIfNotEqual(canonical.Length, MotionLayout.KeypointLength, nameof(canonical));
        return new SourceKeypoints(
            canonical.ToArray(), expression.ToArray(), HeadPose.FromBins(pitch, yaw, roll), scale, new Vector2(translation[..2]));
    }

    /// <summary>The keypoints as they stand in the image: <c>scale (canonical R + expression) + translation</c>, [21, 3].</summary>
    public float[] Transform()
    {
        float[] keypoints = new float[Canonical.Length];
        Place(Expression.Span, Pose.ToRotation(), Scale, Translation, keypoints);
        return keypoints;
    }

    /// <summary>The keypoints of this face with another expression and pose.</summary>
    /// <param name="expression">[21, 3].</param>
    /// <param name="rotation">How the head is turned.</param>
    /// <param name="scale">Its size.</param>
    /// <param name="translation">Its place in the image plane.</param>
    /// <param name="keypoints">Takes them, [21, 3].</param>
    public void Place(
        ReadOnlySpan<float> expression, RotationMatrix rotation, float scale, Vector2 translation, Span<float> keypoints)
    {
        ReadOnlySpan<float> canonical = Canonical.Span;
        for (int i = 0; i < keypoints.Length; i += 3)
        {
            float x = canonical[i] * rotation[0] + canonical[i + 1] * rotation[3] + canonical[i + 2] * rotation[6];
            float y = canonical[i] * rotation[1] + canonical[i + 1] * rotation[4] + canonical[i + 2] * rotation[7];
            float z = canonical[i] * rotation[2] + canonical[i + 1] * rotation[5] + canonical[i + 2] * rotation[8];
            keypoints[i] = scale * (x + expression[i]) + translation.X;
            keypoints[i + 1] = scale * (y + expression[i + 1]) + translation.Y;
            keypoints[i + 2] = scale * (z + expression[i + 2]);
        }
    }
}
