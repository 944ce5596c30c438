using Moda.Runtime.Motion;
using Moda.Tests;
using Moda.Weights;

namespace Moda.Runtime.Tests.Motion;

/// <summary>What the cases about motion have in common.</summary>
internal static class MotionCase
{
    public static SafetensorsFile Open(string name) => SafetensorsFile.Open(TestData.Case(name));

    public static SourceKeypoints Source(SafetensorsFile file) => SourceKeypoints.FromMotionExtractor(
        file.ReadFloat32("input.kp_info.pitch"),
        file.ReadFloat32("input.kp_info.yaw"),
        file.ReadFloat32("input.kp_info.roll"),
        file.ReadFloat32("input.kp_info.t"),
        file.ReadFloat32("input.kp_info.exp"),
        file.ReadFloat32("input.kp_info.scale")[0],
        file.ReadFloat32("input.kp_info.kp"));

    public static MotionStatistics Statistics(SafetensorsFile file) =>
        new(file.ReadFloat32("input.motion_mean"), file.ReadFloat32("input.motion_std"));

    /// <summary>Puts the tensors of a sequence together: exp, scale, t, pitch, yaw, roll.</summary>
    public static MotionSequence Sequence(SafetensorsFile file, string prefix)
    {
        float[][] parts = [.. new[] { "exp", "scale", "t", "pitch", "yaw", "roll" }.Select(part => file.ReadFloat32($"{prefix}.{part}"))];
        int frames = parts[1].Length;
        List<float> values = [];
        for (int frame = 0; frame < frames; frame++)
        {
            foreach (float[] part in parts)
            {
                int width = part.Length / frames;
                values.AddRange(part.AsSpan(frame * width, width));
            }
        }
        return new MotionSequence([.. values]);
    }
}
