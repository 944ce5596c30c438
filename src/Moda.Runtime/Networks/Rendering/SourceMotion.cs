using Moda.Kernels;

namespace Moda.Runtime.Networks.Rendering;

/// <summary>The raw output of the motion extractor for one image, on the host.</summary>
/// <param name="Pitch">66 logits: the expectation of their softmax over bins of 3 degrees is the head's pitch.</param>
/// <param name="Yaw">66 logits.</param>
/// <param name="Roll">66 logits.</param>
/// <param name="Translation">x, y, z.</param>
/// <param name="Expression">[K, 3]: the offset of each canonical keypoint.</param>
/// <param name="Scale">The head's scale.</param>
/// <param name="Keypoints">[K, 3]: canonical keypoints.</param>
internal sealed record SourceMotion(
    float[] Pitch, float[] Yaw, float[] Roll, float[] Translation, float[] Expression, float Scale, float[] Keypoints)
{
    /// <summary>Copies a prediction to the host, and waits for it.</summary>
    public static SourceMotion Read(Device device, MotionPrediction prediction)
    {
        return new SourceMotion(
            Values(prediction.Pitch),
            Values(prediction.Yaw),
            Values(prediction.Roll),
            Values(prediction.Translation),
            Values(prediction.Expression),
            Values(prediction.Scale)[0],
            Values(prediction.Keypoints));

        float[] Values(Tensor tensor)
        {
            float[] values = new float[tensor.Shape.ElementCount];
            device.Read(tensor, values);
            return values;
        }
    }
}
