using System.Numerics;

namespace Moda.Runtime.Motion;

/// <summary>Drives a portrait's keypoints by motion: what of expression and pose is taken, then stitching.</summary>
/// <remarks>Reference: <c>MotionProcesser.driven</c>; Algorithm 1 of LivePortrait (Guo et al., 2024).</remarks>
public sealed class KeypointDriver
{
    private const int KeypointLength = MotionLayout.KeypointLength;

    private readonly DrivingOptions options;
    private readonly IStitching? stitching;
    private readonly bool[] expressionMask;

    /// <summary>Prepares driving.</summary>
    /// <param name="options">How.</param>
    /// <param name="stitching">The networks over keypoints; null where the options need none.</param>
    /// <exception cref="ArgumentException">The options need networks and there are none.</exception>
    public KeypointDriver(DrivingOptions options, IStitching? stitching)
    {
        if (stitching is null && (options.Stitching || options.NormalizeLip || options.NormalizeEyes))
        {
            throw new ArgumentException(
                "Stitching, lip and eye normalisation take the stitching networks; turn them off where there are none.", nameof(stitching));
        }
        this.options = options;
        this.stitching = stitching;
        expressionMask = FaceKeypoints.ExpressionMask(options.Region, options.RelativeMotion);
    }

    /// <summary>Drives a portrait.</summary>
    /// <param name="source">The portrait's keypoints.</param>
    /// <param name="motion">Denormalised motion.</param>
    /// <param name="landmarks">The portrait's 203 landmarks; needed only by <see cref="DrivingOptions.NormalizeLip"/> and <see cref="DrivingOptions.NormalizeEyes"/>.</param>
    public DrivingKeypoints Drive(SourceKeypoints source, MotionSequence motion, ReadOnlySpan<Vector2> landmarks = default)
    {
        if (motion.Frames == 0)
        {
            return new DrivingKeypoints([]);
        }
        float[] sourceKeypoints = source.Transform();
        float[] keypoints = new float[motion.Frames * KeypointLength];
        MoveKeypoints(source, motion, keypoints);
        if (options.RelativeMotion && options.ExpressionFriendly)
        {
            ScaleToSource(keypoints, sourceKeypoints);
        }
        if (options.Stitching)
        {
            Stitch(keypoints, sourceKeypoints);
        }
        if (options.NormalizeLip && options.RelativeMotion)
        {
            CloseLips(keypoints, sourceKeypoints, landmarks);
        }
        if (options.NormalizeEyes)
        {
            OpenEyes(keypoints, sourceKeypoints, landmarks);
        }
        for (int i = 0; i < keypoints.Length; i++)
        {
            float start = sourceKeypoints[i % KeypointLength];
            keypoints[i] = start + (keypoints[i] - start) * options.Multiplier;
        }
        return new DrivingKeypoints(keypoints);
    }

    private void MoveKeypoints(SourceKeypoints source, MotionSequence motion, float[] keypoints)
    {
        if (options.Smoothing == MotionSmoothing.ExponentialMovingAverage)
        {
            motion = ExponentialMovingAverage.SmoothPose(motion);
        }
        float[] expressions = Expressions(motion);
        RotationMatrix[] rotations = Rotations(motion);
        ReadOnlySpan<float> firstExpression = expressions.AsSpan(0, KeypointLength);
        RotationMatrix sourceRotation = source.Pose.ToRotation();
        RotationMatrix fromFirst = rotations[0].Transpose();
        bool relative = options.RelativeMotion;
        bool posed = options.Region is AnimationRegion.All or AnimationRegion.Pose;
        Span<float> expression = stackalloc float[KeypointLength];
        for (int frame = 0; frame < motion.Frames; frame++)
        {
            source.Expression.Span.CopyTo(expression);
            ReadOnlySpan<float> driving = expressions.AsSpan(frame * KeypointLength, KeypointLength);
            for (int i = 0; i < KeypointLength; i++)
            {
                if (expressionMask[i])
                {
                    expression[i] = relative ? expression[i] + (driving[i] - firstExpression[i]) : driving[i];
                }
            }
            RotationMatrix rotation = (posed, relative) switch
            {
                (false, _) => sourceRotation,
                (_, true) => rotations[frame] * fromFirst * sourceRotation,
                _ => rotations[frame],
            };
            Vector2 translation = (posed, relative) switch
            {
                (false, _) => source.PlaneTranslation,
                (_, true) => source.PlaneTranslation + (motion.Translation(frame) - motion.Translation(0)),
                _ => motion.Translation(frame),
            };
            float scale = relative && options.Region == AnimationRegion.All
                ? source.Scale * (motion.Scale(frame) / motion.Scale(0))
                : source.Scale;
            source.Place(expression, rotation, scale, translation, keypoints.AsSpan(frame * KeypointLength, KeypointLength));
        }
    }

    // [frames, 63]
    private float[] Expressions(MotionSequence motion)
    {
        float[] expressions = new float[motion.Frames * KeypointLength];
        for (int frame = 0; frame < motion.Frames; frame++)
        {
            Span<float> expression = expressions.AsSpan(frame * KeypointLength, KeypointLength);
            motion.Expression(frame).CopyTo(expression);
            Gaze.Turn(expression, options.Gaze);
        }
        return options.Smoothing == MotionSmoothing.Kalman ? KalmanSmoother.Default.Smooth(expressions, KeypointLength) : expressions;
    }

    private RotationMatrix[] Rotations(MotionSequence motion)
    {
        RotationMatrix[] rotations = new RotationMatrix[motion.Frames];
        for (int frame = 0; frame < motion.Frames; frame++)
        {
            rotations[frame] = motion.Pose(frame).ToRotation();
        }
        if (options.Smoothing == MotionSmoothing.Kalman)
        {
            Span<float> elements = System.Runtime.InteropServices.MemoryMarshal.Cast<RotationMatrix, float>(rotations.AsSpan());
            KalmanSmoother.Default.Smooth(elements, RotationMatrix.Length).CopyTo(elements);
        }
        return rotations;
    }

    private static void ScaleToSource(float[] keypoints, float[] sourceKeypoints)
    {
        float[] first = keypoints[..KeypointLength];
        double firstVolume = ConvexHull.Volume(first);
        if (firstVolume == 0)
        {
            throw new ArgumentException("The keypoints of the first driven frame lie in one plane, so their size cannot be compared with the portrait's.");
        }
        float ratio = (float)(Math.Sqrt(ConvexHull.Volume(sourceKeypoints)) / Math.Sqrt(firstVolume));
        for (int i = 0; i < keypoints.Length; i++)
        {
            int place = i % KeypointLength;
            keypoints[i] = (keypoints[i] - first[place]) * ratio + sourceKeypoints[place];
        }
    }

    private void Stitch(float[] keypoints, float[] sourceKeypoints)
    {
        const int DeltaLength = KeypointLength + 2;
        int frames = keypoints.Length / KeypointLength;
        float[] pairs = new float[frames * 2 * KeypointLength];
        for (int frame = 0; frame < frames; frame++)
        {
            Span<float> pair = pairs.AsSpan(frame * 2 * KeypointLength, 2 * KeypointLength);
            sourceKeypoints.CopyTo(pair);
            keypoints.AsSpan(frame * KeypointLength, KeypointLength).CopyTo(pair[KeypointLength..]);
        }
        float[] deltas = new float[frames * DeltaLength];
        stitching!.Stitch(pairs, deltas);
        for (int frame = 0; frame < frames; frame++)
        {
            ReadOnlySpan<float> delta = deltas.AsSpan(frame * DeltaLength, DeltaLength);
            Span<float> moved = keypoints.AsSpan(frame * KeypointLength, KeypointLength);
            for (int i = 0; i < KeypointLength; i++)
            {
                float shift = i % 3 < 2 ? delta[KeypointLength + i % 3] : 0;
                moved[i] += delta[i] + shift;
            }
        }
    }

    private void CloseLips(float[] keypoints, float[] sourceKeypoints, ReadOnlySpan<Vector2> landmarks)
    {
        float opening = FaceOpenness.Lip(landmarks);
        if (opening < options.OpenLipRatio)
        {
            return;
        }
        float[] delta = new float[KeypointLength];
        stitching!.RetargetLip([.. sourceKeypoints, opening, 0], delta);
        AddToEveryFrame(keypoints, delta);
    }

    private void OpenEyes(float[] keypoints, float[] sourceKeypoints, ReadOnlySpan<Vector2> landmarks)
    {
        Vector2 openings = FaceOpenness.Eyes(landmarks);
        float mean = (openings.X + openings.Y) / 2;
        float target = mean < options.ClosedEyeRatio ? options.OpenEyeTarget : mean;
        float[] delta = new float[KeypointLength];
        stitching!.RetargetEyes([.. sourceKeypoints, openings.X, openings.Y, target], delta);
        AddToEveryFrame(keypoints, delta);
    }

    private static void AddToEveryFrame(float[] keypoints, float[] delta)
    {
        for (int i = 0; i < keypoints.Length; i++)
        {
            keypoints[i] += delta[i % KeypointLength];
        }
    }
}
