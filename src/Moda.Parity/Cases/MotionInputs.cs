using System.Numerics;
using System.Runtime.InteropServices;
using Moda.Runtime.Motion;
using Moda.Runtime.Networks.Rendering;
using Moda.Runtime.Options;
using Moda.Weights.Sets;

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

    /// <summary>A video that is driven, with the openings that its landmarks say.</summary>
    /// <param name="reference">The case.</param>
    public static MotionTemplate SourceVideo(ReferenceCase reference)
    {
        Vector2[] landmarks = Landmarks203(reference);
        float[][] parts = Array.ConvertAll((string[])["scale", "R", "exp", "t", "kp", "x_s"], part => reference.Input($"source.{part}").Values);
        int frames = parts[0].Length;
        float[] eyes = new float[2 * frames];
        float[] lips = new float[frames];
        for (int frame = 0; frame < frames; frame++)
        {
            ReadOnlySpan<Vector2> face = landmarks.AsSpan(frame * FaceOpenness.LandmarkCount, FaceOpenness.LandmarkCount);
            FaceOpenness.Eyes(face).CopyTo(eyes, 2 * frame);
            lips[frame] = FaceOpenness.Lip(face);
        }

        return new MotionTemplate(GenerationOptions.FramesPerSecond, parts[0], parts[1], parts[2], parts[3])
        {
            CanonicalKeypoints = parts[4],
            Keypoints = parts[5],
            EyeRatios = eyes,
            LipRatios = lips,
        };
    }

    /// <summary>A template, stored as one tensor for each of its parts.</summary>
    /// <param name="read">Reads an input or an output.</param>
    /// <param name="prefix">What the parts' names begin with: <c>driving</c>, <c>source</c>.</param>
    /// <param name="framesPerSecond">Its frame rate; the cases' own do not matter to keypoints.</param>
    public static MotionTemplate Template(Func<string, HostTensor> read, string prefix, double framesPerSecond = GenerationOptions.FramesPerSecond)
    {
        return new MotionTemplate(framesPerSecond, Values("scale"), Values("R"), Values("exp"), Values("t"))
        {
            CanonicalKeypoints = Values("kp"),
            Keypoints = Values("x_s"),
            EyeRatios = Values("c_eyes"),
            LipRatios = Values("c_lip"),
        };

        float[] Values(string part) => read($"{prefix}.{part}").Values;
    }

    /// <summary>A video as the motion extractor read it, with the openings that its landmarks say.</summary>
    /// <param name="reference">The case.</param>
    public static MotionTemplate DrivingVideo(ReferenceCase reference)
    {
        int frames = reference.Input("driving.scale").Values.Length;
        ReadOnlySpan<Vector2> landmarks = MemoryMarshal.Cast<float, Vector2>(reference.Input("driving_landmarks203").Values);
        var read = new MotionTemplate[frames];
        for (int frame = 0; frame < frames; frame++)
        {
            var source = SourceKeypoints.From(new SourceMotion(
                Row("pitch", frame), Row("yaw", frame), Row("roll", frame), Row("t", frame), Row("exp", frame), Row("scale", frame)[0], Row("kp", frame)));
            read[frame] = source.ToTemplate(landmarks.Slice(frame * FaceOpenness.LandmarkCount, FaceOpenness.LandmarkCount));
        }

        return MotionTemplate.Join(read, GenerationOptions.FramesPerSecond);

        float[] Row(string part, int frame)
        {
            float[] values = reference.Input($"driving.{part}").Values;
            int width = values.Length / frames;
            return values[(frame * width)..((frame + 1) * width)];
        }
    }

    /// <summary>The 203 landmarks of an input, of one face or of one in each frame.</summary>
    public static Vector2[] Landmarks203(ReferenceCase reference) =>
        MemoryMarshal.Cast<float, Vector2>(reference.Input("landmarks203").Values).ToArray();

    /// <summary>Keypoints as an output, [frames, 21, 3].</summary>
    public static HostTensor ToHostTensor(this DrivingKeypoints keypoints) =>
        new(keypoints.Values.ToArray(), [keypoints.Frames, MotionLayout.KeypointCount, 3]);

    /// <summary>The parts of a template as outputs.</summary>
    /// <param name="motion">The template.</param>
    /// <param name="prefix">What the outputs' names begin with, with its dot; empty for none.</param>
    public static Dictionary<string, HostTensor> ToOutputs(MotionTemplate motion, string prefix)
    {
        const int Points = MotionLayout.KeypointCount;
        int frames = motion.Frames;
        return new Dictionary<string, HostTensor>
        {
            [prefix + "scale"] = new(motion.Scales.ToArray(), [frames, 1]),
            [prefix + "R"] = new(motion.Rotations.ToArray(), [frames, 3, 3]),
            [prefix + "exp"] = new(motion.Expressions.ToArray(), [frames, Points, 3]),
            [prefix + "t"] = new(motion.Translations.ToArray(), [frames, 3]),
            [prefix + "kp"] = new(motion.CanonicalKeypoints.ToArray(), [frames, Points, 3]),
            [prefix + "x_s"] = new(motion.Keypoints.ToArray(), [frames, Points, 3]),
            [prefix + "c_eyes"] = new(motion.EyeRatios.ToArray(), [frames, 2]),
            [prefix + "c_lip"] = new(motion.LipRatios.ToArray(), [frames, 1]),
        };
    }

    /// <summary>The statistics of the training data's motion.</summary>
    public static MotionStatistics Statistics(ReferenceCase reference) =>
        new(new MeanAndDeviation(reference.Input("motion_mean").Values, reference.Input("motion_std").Values, reference.Path));

    /// <summary>Denormalised motion, stored as one tensor for each of its parts.</summary>
    /// <param name="reference">The case.</param>
    /// <param name="prefix">What the parts' names begin with.</param>
    public static MotionSequence Sequence(ReferenceCase reference, string prefix = "sequence")
    {
        float[][] parts = Array.ConvertAll(SequenceParts, part => reference.Input($"{prefix}.{part}").Values);
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
