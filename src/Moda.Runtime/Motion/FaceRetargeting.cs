using System.Numerics;
using Moda.Runtime.Options;

namespace Moda.Runtime.Motion;

/// <summary>
/// The last steps from combined motion to driving keypoints: stitching, and opening eyes and lips by LivePortrait's networks.
/// </summary>
/// <remarks>Reference: Algorithm 1 of LivePortrait (Guo et al., 2024), as its pipeline carries it out.</remarks>
internal sealed class FaceRetargeting
{
    private const int KeypointLength = MotionLayout.KeypointLength;

    private readonly DrivingOptions options;
    private readonly IStitching? stitching;
    private readonly AnimatedFace face;
    private readonly float eyeTarget;

    /// <summary>Prepares the steps for one face.</summary>
    /// <param name="options">Which of them are done.</param>
    /// <param name="stitching">The networks; null where the options need none.</param>
    /// <param name="face">The face.</param>
    /// <exception cref="ArgumentException">The options need to know how far eyes and lips are open.</exception>
    public FaceRetargeting(DrivingOptions options, IStitching? stitching, AnimatedFace face)
    {
        if (options.NeedsOpenings && !face.HasOpenings)
        {
            throw new ArgumentException(
                "Opening and closing eyes or lips needs 203 or 68 landmarks of the portrait. Turn it off, or prepare the portrait with such landmarks.",
                nameof(options));
        }
        this.options = options;
        this.stitching = stitching;
        this.face = face;
        if (options.NormalizeEyes)
        {
            Vector2 first = face.Eyes(0);
            float mean = (first.X + first.Y) / 2;
            eyeTarget = mean < options.ClosedEyeRatio ? options.OpenEyeTarget : mean;
        }
    }

    /// <summary>Carries the steps out.</summary>
    /// <param name="keypoints">[frames, 21, 3]: where the motion puts them; takes where they come to stand.</param>
    /// <param name="driving">The motion, for how far its eyes and lips are open.</param>
    /// <param name="isPhoto">Whether its one frame drives all.</param>
    public void Apply(float[] keypoints, MotionTemplate driving, bool isPhoto)
    {
        if (options.IsRetargeting)
        {
            FollowOpenings(keypoints, driving, isPhoto);
        }
        if (options.Stitching)
        {
            Stitch(stitching!, face, keypoints);
        }
        if (!options.IsRetargeting)
        {
            Normalize(keypoints);
        }
        if (options.Multiplier != 1)
        {
            Multiply(keypoints);
        }
    }

    /// <summary>Fits keypoints to the face that is driven.</summary>
    /// <param name="stitching">The networks.</param>
    /// <param name="face">The face.</param>
    /// <param name="keypoints">[frames, 21, 3], changed in place.</param>
    public static void Stitch(IStitching stitching, AnimatedFace face, Span<float> keypoints)
    {
        const int DeltaLength = KeypointLength + 2;
        int frames = keypoints.Length / KeypointLength;
        float[] pairs = new float[frames * 2 * KeypointLength];
        for (int frame = 0; frame < frames; frame++)
        {
            Span<float> pair = pairs.AsSpan(frame * 2 * KeypointLength, 2 * KeypointLength);
            face.Keypoints(frame).CopyTo(pair);
            keypoints.Slice(frame * KeypointLength, KeypointLength).CopyTo(pair[KeypointLength..]);
        }
        float[] deltas = new float[frames * DeltaLength];
        stitching.Stitch(pairs, deltas);
        for (int frame = 0; frame < frames; frame++)
        {
            ReadOnlySpan<float> delta = deltas.AsSpan(frame * DeltaLength, DeltaLength);
            Span<float> moved = keypoints.Slice(frame * KeypointLength, KeypointLength);
            for (int i = 0; i < KeypointLength; i++)
            {
                float shift = i % 3 < 2 ? delta[KeypointLength + i % 3] : 0;
                moved[i] += delta[i] + shift;
            }
        }
    }

    /// <summary>Adds what brings a face's lips to an opening.</summary>
    /// <param name="stitching">The networks.</param>
    /// <param name="face">The face.</param>
    /// <param name="frame">Its frame.</param>
    /// <param name="target">Height over width.</param>
    /// <param name="keypoints">[21, 3], changed in place.</param>
    public static void AddLip(IStitching stitching, AnimatedFace face, int frame, float target, Span<float> keypoints)
    {
        Span<float> input = stackalloc float[KeypointLength + 2];
        Span<float> delta = stackalloc float[KeypointLength];
        face.Keypoints(frame).CopyTo(input);
        input[KeypointLength] = face.Lip(frame);
        input[KeypointLength + 1] = target;
        stitching.RetargetLip(input, delta);
        Add(delta, keypoints);
    }

    /// <summary>Adds what brings a face's eyes to an opening.</summary>
    /// <param name="stitching">The networks.</param>
    /// <param name="face">The face.</param>
    /// <param name="frame">Its frame.</param>
    /// <param name="target">Height over width.</param>
    /// <param name="keypoints">[21, 3], changed in place.</param>
    public static void AddEyes(IStitching stitching, AnimatedFace face, int frame, float target, Span<float> keypoints)
    {
        Span<float> input = stackalloc float[KeypointLength + 3];
        Span<float> delta = stackalloc float[KeypointLength];
        face.Keypoints(frame).CopyTo(input);
        face.Eyes(frame).CopyTo(input[KeypointLength..]);
        input[KeypointLength + 2] = target;
        stitching.RetargetEyes(input, delta);
        Add(delta, keypoints);
    }

    // In relative motion only the openings are followed. A driving face whose openings are not known opens nothing.
    private void FollowOpenings(float[] keypoints, MotionTemplate driving, bool isPhoto)
    {
        for (int frame = 0; frame < keypoints.Length / KeypointLength; frame++)
        {
            Span<float> moved = Frame(keypoints, frame);
            if (options.RelativeMotion)
            {
                face.Keypoints(frame).CopyTo(moved);
            }
            int drivingFrame = isPhoto ? 0 : frame;
            if (options.RetargetEyes && !driving.EyeRatios.IsEmpty)
            {
                // The left eye stands for both, as in the reference.
                AddEyes(stitching!, face, frame, driving.EyeRatios.Span[2 * drivingFrame], moved);
            }
            if (options.RetargetLip && !driving.LipRatios.IsEmpty)
            {
                AddLip(stitching!, face, frame, driving.LipRatios.Span[drivingFrame], moved);
            }
        }
    }

    // A portrait's deltas are the same for all frames.
    private void Normalize(float[] keypoints)
    {
        bool closesLips = options.NormalizeLip && options.RelativeMotion;
        if (!closesLips && !options.NormalizeEyes)
        {
            return;
        }
        float[] delta = new float[KeypointLength];
        for (int frame = 0; frame < keypoints.Length / KeypointLength; frame++)
        {
            if (frame == 0 || face.IsVideo)
            {
                Array.Clear(delta);
                if (closesLips && face.Lip(frame) >= options.OpenLipRatio)
                {
                    AddLip(stitching!, face, frame, target: 0, delta);
                }
                if (options.NormalizeEyes)
                {
                    AddEyes(stitching!, face, frame, eyeTarget, delta);
                }
            }
            Add(delta, Frame(keypoints, frame));
        }
    }

    private void Multiply(float[] keypoints)
    {
        for (int frame = 0; frame < keypoints.Length / KeypointLength; frame++)
        {
            ReadOnlySpan<float> start = face.Keypoints(frame);
            Span<float> moved = Frame(keypoints, frame);
            for (int i = 0; i < KeypointLength; i++)
            {
                moved[i] = start[i] + (moved[i] - start[i]) * options.Multiplier;
            }
        }
    }

    private static void Add(ReadOnlySpan<float> delta, Span<float> keypoints)
    {
        for (int i = 0; i < delta.Length; i++)
        {
            keypoints[i] += delta[i];
        }
    }

    private static Span<float> Frame(float[] keypoints, int frame) => keypoints.AsSpan(frame * KeypointLength, KeypointLength);
}
