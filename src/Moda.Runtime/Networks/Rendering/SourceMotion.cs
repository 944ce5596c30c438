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
    /// <summary>Copies the prediction for one image to the host, and waits for it.</summary>
    public static SourceMotion Read(Device device, MotionPrediction prediction) => ReadAll(device, prediction)[0];

    /// <summary>Copies the prediction for N images to the host, and waits for it.</summary>
    public static SourceMotion[] ReadAll(Device device, MotionPrediction prediction)
    {
        Rows pitch = Read(prediction.Pitch);
        Rows yaw = Read(prediction.Yaw);
        Rows roll = Read(prediction.Roll);
        Rows translation = Read(prediction.Translation);
        Rows expression = Read(prediction.Expression);
        Rows scale = Read(prediction.Scale);
        Rows keypoints = Read(prediction.Keypoints);
        return [.. Enumerable.Range(0, prediction.Scale.Shape[0]).Select(
            image => new SourceMotion(pitch[image], yaw[image], roll[image], translation[image], expression[image], scale[image][0], keypoints[image]))];

        Rows Read(Tensor tensor)
        {
            float[] values = new float[tensor.Shape.ElementCount];
            device.Read(tensor, values);
            return new Rows(values, values.Length / tensor.Shape[0]);
        }
    }

    private readonly record struct Rows(float[] Values, int Length)
    {
        public float[] this[int row] => Values.AsSpan(row * Length, Length).ToArray();
    }
}
