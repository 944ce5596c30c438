using System.Numerics;
using Moda.Runtime.Networks.Rendering;
using Moda.Runtime.Options;

namespace Moda.Runtime.Motion;

/// <summary>What the motion extractor reads from the portrait.</summary>
/// <param name="Canonical">[21, 3]: the face's keypoints in its own neutral frame.</param>
/// <param name="Expression">[21, 3]: what the expression moves them by.</param>
/// <param name="Pose">How the head is turned.</param>
/// <param name="Scale">The head's size, around 1.3 after the usual crop.</param>
/// <param name="Translation">The head's place; depth is never used.</param>
internal sealed record SourceKeypoints(
    ReadOnlyMemory<float> Canonical, ReadOnlyMemory<float> Expression, HeadPose Pose, float Scale, Vector3 Translation)
{
    /// <summary>The head's place in the image plane.</summary>
    public Vector2 PlaneTranslation => new(Translation.X, Translation.Y);

    /// <summary>Takes the motion extractor's outputs for one image.</summary>
    /// <param name="motion">Poses as logits, or as one value in degrees.</param>
    /// <exception cref="ArgumentException">The motion extractor has another number of keypoints than 21.</exception>
    public static SourceKeypoints From(SourceMotion motion)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(motion.Expression.Length, MotionLayout.KeypointLength, nameof(motion));
        ArgumentOutOfRangeException.ThrowIfNotEqual(motion.Keypoints.Length, MotionLayout.KeypointLength, nameof(motion));
        return new SourceKeypoints(
            motion.Keypoints,
            motion.Expression,
            HeadPose.FromBins(motion.Pitch, motion.Yaw, motion.Roll),
            motion.Scale,
            new Vector3(motion.Translation));
    }

    /// <summary>The keypoints as they stand in the image: <c>scale (canonical R + expression) + translation</c>, [21, 3].</summary>
    public float[] Transform()
    {
        float[] keypoints = new float[Canonical.Length];
        Place(Expression.Span, Pose.ToRotation(), Scale, PlaneTranslation, keypoints);
        return keypoints;
    }

    /// <summary>The face as a template of one frame.</summary>
    /// <param name="landmarks">203 or 68 landmarks of it, from which the openings of eyes and lips are read; empty where they are not known.</param>
    public MotionTemplate ToTemplate(ReadOnlySpan<Vector2> landmarks)
    {
        RotationMatrix rotation = Pose.ToRotation();
        Vector2 eyes = landmarks.IsEmpty ? default : FaceOpenness.Eyes(landmarks);
        return new MotionTemplate(
            GenerationOptions.FramesPerSecond, (float[])[Scale], rotation[..].ToArray(), Expression, (float[])[Translation.X, Translation.Y, Translation.Z])
        {
            CanonicalKeypoints = Canonical,
            Keypoints = Transform(),
            EyeRatios = landmarks.IsEmpty ? default : (float[])[eyes.X, eyes.Y],
            LipRatios = landmarks.IsEmpty ? default : (float[])[FaceOpenness.Lip(landmarks)],
        };
    }

    /// <summary>The keypoints of this face with another expression and pose.</summary>
    /// <param name="expression">[21, 3].</param>
    /// <param name="rotation">How the head is turned.</param>
    /// <param name="scale">Its size.</param>
    /// <param name="translation">Its place in the image plane.</param>
    /// <param name="keypoints">Takes them, [21, 3].</param>
    public void Place(
        ReadOnlySpan<float> expression, RotationMatrix rotation, float scale, Vector2 translation, Span<float> keypoints) =>
        PlaceKeypoints(Canonical.Span, expression, rotation, scale, translation, keypoints);

    /// <summary>Where keypoints stand in the crop: <c>scale (canonical R + expression) + translation</c>.</summary>
    /// <param name="canonical">[21, 3].</param>
    /// <param name="expression">[21, 3].</param>
    /// <param name="rotation">How the head is turned.</param>
    /// <param name="scale">Its size.</param>
    /// <param name="translation">Its place in the image plane.</param>
    /// <param name="keypoints">Takes them, [21, 3].</param>
    public static void PlaceKeypoints(
        ReadOnlySpan<float> canonical, ReadOnlySpan<float> expression, RotationMatrix rotation, float scale, Vector2 translation, Span<float> keypoints)
    {
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
