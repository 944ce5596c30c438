using Moda.Runtime.Audio;

namespace Moda.Runtime.Motion;

/// <summary>
/// Makes lips move further from their rest the further they are from it already, so that speech articulates clearly. Lips at
/// rest, as over the added silence, hardly change.
/// </summary>
/// <remarks>Reference: <c>LiveVASAPipeline.modulate_lip</c>; it works on normalised motion.</remarks>
internal static class LipModulation
{
    private const float Steepness = 5;
    private const float PeakWeight = 0.1f;
    private const float LeastSpread = 0.05f;

    /// <summary>Modulates motion that ends in added silence, from its pose three quarters of that silence before the end.</summary>
    /// <param name="motion">Normalised; the silence has not been cut off.</param>
    /// <param name="silence">The frames of added silence; with none of them the motion comes back unchanged.</param>
    /// <remarks>
    /// The reference counts from the end wherever the silence stands; so with silence only before the speech, the pose of
    /// rest is one of speech.
    /// </remarks>
    public static MotionSequence Apply(MotionSequence motion, SilentFrames silence) =>
        silence.Each == 0 ? motion : Apply(motion, motion[motion.Frames - Math.Max(silence.Each * 3 / 4, 1)]);

    /// <summary>Modulates motion from a given pose of rest.</summary>
    /// <param name="motion">Normalised, [frames, 70].</param>
    /// <param name="rest">[70], or only its expression [63]: the lips at rest, normalised.</param>
    public static MotionSequence Apply(MotionSequence motion, ReadOnlySpan<float> rest)
    {
        float[] distances = new float[motion.Frames];
        float largest = 0;
        for (int frame = 0; frame < motion.Frames; frame++)
        {
            distances[frame] = LipDistance(motion[frame], rest);
            largest = Math.Max(largest, distances[frame]);
        }
        float[] values = motion.Values.ToArray();
        for (int frame = 0; frame < motion.Frames; frame++)
        {
            float sigmoid = 1 / (1 + MathF.Exp(-Steepness * distances[frame]));
            float weight = (sigmoid - 0.5f) / (PeakWeight * largest + LeastSpread);
            Span<float> expression = values.AsSpan(frame * MotionLayout.Width, MotionLayout.KeypointLength);
            foreach (int keypoint in FaceKeypoints.Lip)
            {
                for (int i = 3 * keypoint; i < 3 * keypoint + 3; i++)
                {
                    expression[i] = rest[i] + (expression[i] - rest[i]) * (1 + weight);
                }
            }
        }
        return new MotionSequence(values);
    }

    private static float LipDistance(ReadOnlySpan<float> expression, ReadOnlySpan<float> rest)
    {
        float sum = 0;
        foreach (int keypoint in FaceKeypoints.Lip)
        {
            for (int i = 3 * keypoint; i < 3 * keypoint + 3; i++)
            {
                float delta = expression[i] - rest[i];
                sum += delta * delta;
            }
        }
        return sum;
    }
}
