using Moda.Runtime.Motion;
using Moda.Runtime.Networks.Rendering;

namespace Moda.Parity.Cases;

/// <summary>What the cases about motion have as inputs.</summary>
internal static class MotionInputs
{
    private static readonly string[] SequenceParts = ["exp", "scale", "t", "pitch", "yaw", "roll"];

    /// <summary>The portrait's motion.</summary>
    public static SourceKeypoints Source(ReferenceCase reference) => SourceKeypoints.From(new SourceMotion(
        reference.Input("kp_info.pitch").Values,
        reference.Input("kp_info.yaw").Values,
        reference.Input("kp_info.roll").Values,
        reference.Input("kp_info.t").Values,
        reference.Input("kp_info.exp").Values,
        reference.Input("kp_info.scale").Values[0],
        reference.Input("kp_info.kp").Values));

    /// <summary>The statistics of the training data's motion.</summary>
    public static MotionStatistics Statistics(ReferenceCase reference) =>
        new(reference.Input("motion_mean").Values, reference.Input("motion_std").Values);

    /// <summary>Denormalised motion, stored as one tensor for each of its parts.</summary>
    public static MotionSequence Sequence(ReferenceCase reference)
    {
        float[][] parts = Array.ConvertAll(SequenceParts, part => reference.Input($"sequence.{part}").Values);
        int frames = parts[1].Length;
        float[] values = new float[frames * MotionLayout.Width];
        int place = 0;
        foreach (float[] part in parts)
        {
            int width = part.Length / frames;
            for (int frame = 0; frame < frames; frame++)
            {
                part.AsSpan(frame * width, width).CopyTo(values.AsSpan(frame * MotionLayout.Width + place));
            }

            place += width;
        }

        return new MotionSequence(values);
    }

    /// <summary>A part of each frame: [frames, length].</summary>
    public static HostTensor Part(MotionSequence motion, int start, int length)
    {
        float[] values = new float[motion.Frames * length];
        for (int frame = 0; frame < motion.Frames; frame++)
        {
            motion[frame].Slice(start, length).CopyTo(values.AsSpan(frame * length));
        }

        return new HostTensor(values, [motion.Frames, length]);
    }
}
