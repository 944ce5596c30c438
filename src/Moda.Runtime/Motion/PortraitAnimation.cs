using System.Numerics;
using System.Runtime.InteropServices;
using Moda.Runtime.Options;

namespace Moda.Runtime.Motion;

/// <summary>
/// One face driven by motion that comes in pieces, in order: what the first frame says, and where smoothing stands, is kept from one
/// piece to the next, so that the pieces' keypoints are those of the whole motion.
/// </summary>
/// <remarks>
/// Reference: LivePortrait's <c>live_portrait_pipeline.py</c>, MoDA's <c>motion_processer.py</c>. Each frame's head and expression are
/// combined from those of the face and of the motion; then the keypoints are placed, and <see cref="FaceRetargeting"/> finishes them.
/// </remarks>
internal sealed class PortraitAnimation
{
    private const int KeypointLength = MotionLayout.KeypointLength;

    private readonly DrivingOptions options;
    private readonly AnimatedFace face;
    private readonly FaceRetargeting retargeting;
    private readonly bool isPhoto;
    private readonly bool isPosed;
    private readonly bool[] expressionMask;
    private readonly float[] lastSmoothed = new float[MotionLayout.Width];
    private bool isBegun;
    private FirstFrame? first;
    private SizeRatio? size;

    /// <summary>Begins to drive a face.</summary>
    /// <param name="options">How.</param>
    /// <param name="stitching">The networks over keypoints; null where the options need none.</param>
    /// <param name="face">The face.</param>
    /// <param name="isPhoto">Whether the motion is one picture, which drives every frame and has no first frame to compare with.</param>
    internal PortraitAnimation(DrivingOptions options, IStitching? stitching, AnimatedFace face, bool isPhoto = false)
    {
        this.options = options;
        this.face = face;
        this.isPhoto = isPhoto;
        retargeting = new FaceRetargeting(options, stitching, face);
        isPosed = options.Region is AnimationRegion.All or AnimationRegion.Pose;
        // Only a portrait takes on the whole expression of another face.
        expressionMask = FaceKeypoints.ExpressionMask(options.Region, options.RelativeMotion && !face.IsVideo);
    }

    // One video that drives another is always smoothed: both shake.
    private bool IsKalmanSmoothed => !isPhoto && (face.IsVideo || options.Smoothing == MotionSmoothing.Kalman);

    /// <summary>Drives the face by the next piece of sampled motion.</summary>
    /// <param name="motion">Denormalised motion; the whole of it where <see cref="KeypointDriver.NeedsWholeMotion"/> says so.</param>
    public DrivingKeypoints Drive(MotionSequence motion)
    {
        if (motion.Frames == 0)
        {
            return new DrivingKeypoints([]);
        }
        if (options.Smoothing == MotionSmoothing.ExponentialMovingAverage)
        {
            motion = ExponentialMovingAverage.SmoothPose(motion, isBegun ? lastSmoothed.AsSpan() : default);
            motion[motion.Frames - 1].CopyTo(lastSmoothed);
        }
        isBegun = true;
        return DriveSmoothed(motion.ToTemplate(GenerationOptions.FramesPerSecond));
    }

    /// <summary>Drives the face by the next piece of a template.</summary>
    /// <param name="motion">The piece; the whole of it where a video is driven, or where <see cref="KeypointDriver.NeedsWholeMotion"/> says so.</param>
    /// <returns>As many frames as there are of the motion; of a video that is driven, as many as both have, or all of them for a photo.</returns>
    public DrivingKeypoints Drive(MotionTemplate motion)
    {
        if (options.Smoothing == MotionSmoothing.ExponentialMovingAverage)
        {
            MotionSequence smoothed = ExponentialMovingAverage.SmoothPose(MotionSequence.From(motion), isBegun ? lastSmoothed.AsSpan() : default);
            smoothed[smoothed.Frames - 1].CopyTo(lastSmoothed);
            motion = smoothed.ToTemplate(motion.FramesPerSecond).WithOpeningsOf(motion);
        }
        isBegun = true;
        return DriveSmoothed(motion);
    }

    private DrivingKeypoints DriveSmoothed(MotionTemplate motion)
    {
        int frames = !face.IsVideo ? motion.Frames : isPhoto ? face.Frames : Math.Min(face.Frames, motion.Frames);
        float[] keypoints = new float[frames * KeypointLength];
        float[] expressions = new float[frames * KeypointLength];
        var rotations = new RotationMatrix[frames];
        first ??= FirstFrame.Of(motion, WithGaze(motion, 0));
        for (int frame = 0; frame < frames; frame++)
        {
            CombineExpression(motion, frame, expressions.AsSpan(frame * KeypointLength, KeypointLength));
            rotations[frame] = CombineRotation(motion, frame);
        }
        if (IsKalmanSmoothed)
        {
            Smooth(expressions, rotations);
        }
        Place(motion, expressions, rotations, keypoints);
        if (options.RelativeMotion && options.ExpressionFriendly && !face.IsVideo && !isPhoto)
        {
            ScaleToFace(keypoints);
        }
        retargeting.Apply(keypoints, motion, isPhoto);
        return new DrivingKeypoints(keypoints);
    }

    // All 63 values; which of them are taken is decided when the keypoints are placed.
    private void CombineExpression(MotionTemplate motion, int frame, Span<float> combined)
    {
        ReadOnlySpan<float> own = face.Expression(frame);
        WithGaze(motion, DrivingFrame(frame)).CopyTo(combined);
        if (!options.RelativeMotion)
        {
            return;
        }
        ReadOnlySpan<float> start = StartExpression();
        for (int i = 0; i < KeypointLength; i++)
        {
            if (!(options.AbsoluteLips && FaceKeypoints.Lip.Contains(i / 3)))
            {
                combined[i] = own[i] + (start.IsEmpty ? combined[i] : combined[i] - start[i]);
            }
        }
    }

    // What the driving expression is compared with. A photo has no first frame: its lips are compared with closed ones, but of its eyes a
    // portrait takes the whole deviation.
    private ReadOnlySpan<float> StartExpression() => (isPhoto, options.Region, face.IsVideo) switch
    {
        (false, _, _) => first!.Expression,
        (true, AnimationRegion.Eyes, false) => default,
        _ => RestExpression.Values,
    };

    private RotationMatrix CombineRotation(MotionTemplate motion, int frame) => (isPosed, options.RelativeMotion) switch
    {
        (false, _) => face.Rotation(frame),
        (_, false) => motion.Rotation(DrivingFrame(frame)),
        _ => isPhoto ? face.Rotation(frame) : motion.Rotation(frame) * first!.InverseRotation * face.Rotation(frame),
    };

    private void Smooth(float[] expressions, RotationMatrix[] rotations)
    {
        KalmanSmoother smoother = KalmanSmoother.Default with { ObservationVariance = options.ObservationVariance };
        smoother.Smooth(expressions, KeypointLength).CopyTo(expressions, 0);
        if (isPosed)
        {
            Span<float> elements = MemoryMarshal.Cast<RotationMatrix, float>(rotations.AsSpan());
            smoother.Smooth(elements, RotationMatrix.Length).CopyTo(elements);
        }
    }

    private void Place(MotionTemplate motion, float[] expressions, RotationMatrix[] rotations, float[] keypoints)
    {
        Span<float> expression = stackalloc float[KeypointLength];
        for (int frame = 0; frame < rotations.Length; frame++)
        {
            face.Expression(frame).CopyTo(expression);
            ReadOnlySpan<float> combined = expressions.AsSpan(frame * KeypointLength, KeypointLength);
            for (int i = 0; i < KeypointLength; i++)
            {
                expression[i] = expressionMask[i] ? combined[i] : expression[i];
            }
            int driving = DrivingFrame(frame);
            Vector2 translation = (isPosed, options.RelativeMotion) switch
            {
                (false, _) => face.PlaneTranslation(frame),
                (_, false) => motion.PlaneTranslation(driving),
                _ => face.IsVideo ? face.PlaneTranslation(frame) : face.PlaneTranslation(frame) + (motion.PlaneTranslation(driving) - first!.Translation),
            };
            bool isScaled = options.RelativeMotion && options.Region == AnimationRegion.All && !face.IsVideo;
            float scale = isScaled ? face.Scale(frame) * (motion.Scale(driving) / first!.Scale) : face.Scale(frame);
            SourceKeypoints.PlaceKeypoints(
                face.Canonical(frame), expression, rotations[frame], scale, translation, keypoints.AsSpan(frame * KeypointLength, KeypointLength));
        }
    }

    private int DrivingFrame(int frame) => isPhoto ? 0 : frame;

    // [21, 3]
    private float[] WithGaze(MotionTemplate motion, int frame)
    {
        float[] expression = motion.Expression(frame).ToArray();
        Gaze.Turn(expression, options.Gaze);
        return expression;
    }

    private void ScaleToFace(float[] keypoints)
    {
        ReadOnlySpan<float> start = face.Keypoints(0);
        size ??= SizeRatio.Between(start, keypoints[..KeypointLength]);
        for (int i = 0; i < keypoints.Length; i++)
        {
            int place = i % KeypointLength;
            keypoints[i] = (keypoints[i] - size.First[place]) * size.Ratio + start[place];
        }
    }

    /// <summary>The motion's first frame, which relative motion is compared with.</summary>
    private sealed record FirstFrame(float[] Expression, RotationMatrix InverseRotation, Vector2 Translation, float Scale)
    {
        public static FirstFrame Of(MotionTemplate motion, float[] expression) =>
            new(expression, motion.Rotation(0).Transpose(), motion.PlaneTranslation(0), motion.Scale(0));
    }

    /// <summary>The first frame's keypoints, and the face's size over theirs.</summary>
    private sealed record SizeRatio(float[] First, float Ratio)
    {
        public static SizeRatio Between(ReadOnlySpan<float> face, float[] first)
        {
            double firstVolume = ConvexHull.Volume(first);
            return firstVolume == 0
                ? throw new ArgumentException("The keypoints of the first driven frame lie in one plane, so their size cannot be compared with the portrait's.")
                : new SizeRatio(first, (float)(Math.Sqrt(ConvexHull.Volume(face)) / Math.Sqrt(firstVolume)));
        }
    }
}
