using System.Numerics;
using Moda.Runtime.Options;

namespace Moda.Runtime.Motion;

/// <summary>
/// One portrait driven by motion that comes in pieces, in order: what the first frame says, and where smoothing stands, is kept from one
/// piece to the next, so that the pieces' keypoints are those of the whole motion.
/// </summary>
internal sealed class PortraitAnimation
{
    private const int KeypointLength = MotionLayout.KeypointLength;

    private readonly DrivingOptions options;
    private readonly IStitching? stitching;
    private readonly SourceKeypoints source;
    private readonly float[] sourceKeypoints;
    private readonly bool[] expressionMask;
    private readonly float[] lastSmoothed = new float[MotionLayout.Width];
    private readonly float[]? lipDelta;
    private readonly float[]? eyeDelta;
    private FirstFrame? first;
    private SizeRatio? size;

    internal PortraitAnimation(DrivingOptions options, IStitching? stitching, SourceKeypoints source, ReadOnlySpan<Vector2> landmarks)
    {
        this.options = options;
        this.stitching = stitching;
        this.source = source;
        sourceKeypoints = source.Transform();
        expressionMask = FaceKeypoints.ExpressionMask(options.Region, options.RelativeMotion);
        lipDelta = options.NormalizeLip && options.RelativeMotion ? CloseLips(landmarks) : null;
        eyeDelta = options.NormalizeEyes ? OpenEyes(landmarks) : null;
    }

    /// <summary>Drives the portrait by the next piece.</summary>
    /// <param name="motion">Denormalised motion; the whole of it where <see cref="KeypointDriver.NeedsWholeMotion"/> says so.</param>
    public DrivingKeypoints Drive(MotionSequence motion)
    {
        if (motion.Frames == 0)
        {
            return new DrivingKeypoints([]);
        }
        float[] keypoints = new float[motion.Frames * KeypointLength];
        MoveKeypoints(motion, keypoints);
        if (options.RelativeMotion && options.ExpressionFriendly)
        {
            ScaleToSource(keypoints);
        }
        if (options.Stitching)
        {
            Stitch(keypoints);
        }
        AddToEveryFrame(keypoints, lipDelta);
        AddToEveryFrame(keypoints, eyeDelta);
        for (int i = 0; i < keypoints.Length; i++)
        {
            float start = sourceKeypoints[i % KeypointLength];
            keypoints[i] = start + (keypoints[i] - start) * options.Multiplier;
        }
        return new DrivingKeypoints(keypoints);
    }

    private void MoveKeypoints(MotionSequence motion, float[] keypoints)
    {
        if (options.Smoothing == MotionSmoothing.ExponentialMovingAverage)
        {
            motion = ExponentialMovingAverage.SmoothPose(motion, first is null ? default : lastSmoothed.AsSpan());
            motion[motion.Frames - 1].CopyTo(lastSmoothed);
        }
        float[] expressions = Expressions(motion);
        RotationMatrix[] rotations = Rotations(motion);
        first ??= new FirstFrame(expressions[..KeypointLength], rotations[0].Transpose(), motion.Translation(0), motion.Scale(0));
        RotationMatrix sourceRotation = source.Pose.ToRotation();
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
                    expression[i] = relative ? expression[i] + (driving[i] - first.Expression[i]) : driving[i];
                }
            }
            RotationMatrix rotation = (posed, relative) switch
            {
                (false, _) => sourceRotation,
                (_, true) => rotations[frame] * first.InverseRotation * sourceRotation,
                _ => rotations[frame],
            };
            Vector2 translation = (posed, relative) switch
            {
                (false, _) => source.PlaneTranslation,
                (_, true) => source.PlaneTranslation + (motion.Translation(frame) - first.Translation),
                _ => motion.Translation(frame),
            };
            float scale = relative && options.Region == AnimationRegion.All
                ? source.Scale * (motion.Scale(frame) / first.Scale)
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

    private void ScaleToSource(float[] keypoints)
    {
        size ??= MeasureSize(keypoints[..KeypointLength]);
        for (int i = 0; i < keypoints.Length; i++)
        {
            int place = i % KeypointLength;
            keypoints[i] = (keypoints[i] - size.First[place]) * size.Ratio + sourceKeypoints[place];
        }
    }

    private SizeRatio MeasureSize(float[] firstKeypoints)
    {
        double firstVolume = ConvexHull.Volume(firstKeypoints);
        if (firstVolume == 0)
        {
            throw new ArgumentException("The keypoints of the first driven frame lie in one plane, so their size cannot be compared with the portrait's.");
        }
        return new SizeRatio(firstKeypoints, (float)(Math.Sqrt(ConvexHull.Volume(sourceKeypoints)) / Math.Sqrt(firstVolume)));
    }

    private void Stitch(float[] keypoints)
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

    private float[]? CloseLips(ReadOnlySpan<Vector2> landmarks)
    {
        float opening = FaceOpenness.Lip(landmarks);
        if (opening < options.OpenLipRatio)
        {
            return null;
        }
        float[] delta = new float[KeypointLength];
        stitching!.RetargetLip([.. sourceKeypoints, opening, 0], delta);
        return delta;
    }

    private float[] OpenEyes(ReadOnlySpan<Vector2> landmarks)
    {
        Vector2 openings = FaceOpenness.Eyes(landmarks);
        float mean = (openings.X + openings.Y) / 2;
        float target = mean < options.ClosedEyeRatio ? options.OpenEyeTarget : mean;
        float[] delta = new float[KeypointLength];
        stitching!.RetargetEyes([.. sourceKeypoints, openings.X, openings.Y, target], delta);
        return delta;
    }

    private static void AddToEveryFrame(float[] keypoints, float[]? delta)
    {
        for (int i = 0; delta is not null && i < keypoints.Length; i++)
        {
            keypoints[i] += delta[i % KeypointLength];
        }
    }

    private sealed record FirstFrame(float[] Expression, RotationMatrix InverseRotation, Vector2 Translation, float Scale);

    /// <summary>The first frame's keypoints, and the portrait's size over theirs.</summary>
    private sealed record SizeRatio(float[] First, float Ratio);
}
