using System.Numerics;
using Moda.Runtime.Audio;

namespace Moda.Runtime.Motion;

/// <summary>The motion of a face, [frames, 70] at 25 frames in a second; <see cref="MotionLayout"/> says what stands where.</summary>
/// <remarks>
/// The motion generator works on normalised motion; keypoints are driven by what
/// <see cref="MotionStatistics.Denormalize"/> makes of it: scales around 1.3, degrees, offsets in keypoint units.
/// </remarks>
internal sealed class MotionSequence
{
    private readonly float[] values;

    /// <summary>Takes the values, without a copy.</summary>
    /// <param name="values">[frames, 70], row-major.</param>
    public MotionSequence(float[] values)
    {
        if (values.Length % MotionLayout.Width != 0)
        {
            throw new ArgumentException($"{values.Length} values are no whole number of frames of {MotionLayout.Width}.", nameof(values));
        }
        this.values = values;
    }

    /// <summary>How many frames there are.</summary>
    public int Frames => values.Length / MotionLayout.Width;

    /// <summary>All values, [frames, 70].</summary>
    public ReadOnlySpan<float> Values => values;

    /// <summary>A frame's 70 values.</summary>
    /// <param name="frame">0 .. <see cref="Frames"/> - 1.</param>
    public ReadOnlySpan<float> this[int frame] => values.AsSpan(frame * MotionLayout.Width, MotionLayout.Width);

    /// <summary>A frame's expression, [21, 3].</summary>
    /// <param name="frame">0 .. <see cref="Frames"/> - 1.</param>
    public ReadOnlySpan<float> Expression(int frame) => this[frame][..MotionLayout.KeypointLength];

    /// <summary>A frame's head pose.</summary>
    /// <param name="frame">0 .. <see cref="Frames"/> - 1.</param>
    public HeadPose Pose(int frame) =>
        new(this[frame][MotionLayout.Pitch], this[frame][MotionLayout.Yaw], this[frame][MotionLayout.Roll]);

    /// <summary>A frame's head scale.</summary>
    /// <param name="frame">0 .. <see cref="Frames"/> - 1.</param>
    public float Scale(int frame) => this[frame][MotionLayout.Scale];

    /// <summary>A frame's head translation in the image plane.</summary>
    /// <param name="frame">0 .. <see cref="Frames"/> - 1.</param>
    public Vector2 Translation(int frame) => new(this[frame].Slice(MotionLayout.Translation, 2));

    /// <summary>Puts sequences one behind the other.</summary>
    /// <param name="pieces">In their order; one alone comes back as it is.</param>
    public static MotionSequence Join(IReadOnlyList<MotionSequence> pieces) =>
        pieces.Count == 1 ? pieces[0] : new MotionSequence([.. pieces.SelectMany(piece => piece.values)]);

    /// <summary>Copies the frames that are left when those of added silence are cut off.</summary>
    /// <param name="silence">How many stand at either end.</param>
    /// <exception cref="ArgumentException">There are no more frames than that.</exception>
    public MotionSequence Cut(SilentFrames silence)
    {
        int left = Frames - silence.Total;
        if (left <= 0)
        {
            throw new ArgumentException($"{Frames} frames of motion hold no speech beside {silence}.", nameof(silence));
        }
        return new MotionSequence(
            values.AsSpan(silence.Before * MotionLayout.Width, left * MotionLayout.Width).ToArray());
    }

    /// <summary>The same motion as a template: rotations instead of angles.</summary>
    /// <param name="framesPerSecond">Its frame rate.</param>
    public MotionTemplate ToTemplate(double framesPerSecond)
    {
        float[] scales = new float[Frames];
        float[] rotations = new float[Frames * RotationMatrix.Length];
        float[] expressions = new float[Frames * MotionLayout.KeypointLength];
        float[] translations = new float[3 * Frames];
        for (int frame = 0; frame < Frames; frame++)
        {
            scales[frame] = Scale(frame);
            RotationMatrix rotation = Pose(frame).ToRotation();
            rotation[..].CopyTo(rotations.AsSpan(frame * RotationMatrix.Length));
            Expression(frame).CopyTo(expressions.AsSpan(frame * MotionLayout.KeypointLength));
            this[frame].Slice(MotionLayout.Translation, 3).CopyTo(translations.AsSpan(3 * frame));
        }
        return new MotionTemplate(framesPerSecond, scales, rotations, expressions, translations);
    }

    /// <summary>The motion of a template, with angles instead of rotations.</summary>
    /// <param name="template">Whose head is turned by less than 90 degrees to either side.</param>
    public static MotionSequence From(MotionTemplate template)
    {
        float[] values = new float[template.Frames * MotionLayout.Width];
        for (int frame = 0; frame < template.Frames; frame++)
        {
            Span<float> row = values.AsSpan(frame * MotionLayout.Width, MotionLayout.Width);
            template.Expression(frame).CopyTo(row);
            row[MotionLayout.Scale] = template.Scale(frame);
            template.Translations.Span.Slice(3 * frame, 3).CopyTo(row[MotionLayout.Translation..]);
            HeadPose pose = template.Rotation(frame).ToPose();
            (row[MotionLayout.Pitch], row[MotionLayout.Yaw], row[MotionLayout.Roll]) = (pose.Pitch, pose.Yaw, pose.Roll);
        }
        return new MotionSequence(values);
    }
}
