using Moda.Runtime.Imaging;

namespace Moda.Onnx.Faces;

/// <summary>Images as the models read them: planes of red, green and blue.</summary>
internal static class ModelInput
{
    /// <summary>Normalises pixels to (value - mean) * scale.</summary>
    /// <param name="image">What is read.</param>
    /// <param name="mean">Subtracted from 0..255.</param>
    /// <param name="scale">What the difference is multiplied by.</param>
    /// <returns>[1, 3, height, width].</returns>
    public static float[] Planes(RgbImage image, float mean, float scale)
    {
        byte[] pixels = image.Pixels;
        int plane = image.Width * image.Height;
        float[] values = new float[pixels.Length];
        for (int i = 0; i < plane; i++)
        {
            for (int channel = 0; channel < RgbImage.Channels; channel++)
            {
                values[channel * plane + i] = (pixels[i * RgbImage.Channels + channel] - mean) * scale;
            }
        }

        return values;
    }
}
