using System.Numerics;
using System.Runtime.InteropServices;
using Moda.Runtime.Faces;
using Moda.Runtime.Imaging;

namespace Moda.Parity.Cases;

/// <summary>Images and landmarks of cases.</summary>
internal static class ImageValues
{
    /// <summary>An input image, stored as bytes [H, W, 3].</summary>
    public static RgbImage Image(this ReferenceCase reference, string name)
    {
        HostTensor image = reference.Input(name);
        return new RgbImage(image.Extents[1], image.Extents[0], Array.ConvertAll(image.Values, value => (byte)value));
    }

    /// <summary>Input landmarks, [n, 2].</summary>
    public static FaceLandmarks Landmarks(this ReferenceCase reference, string name) =>
        new(MemoryMarshal.Cast<float, Vector2>(reference.Input(name).Values));

    /// <summary>An image as an output.</summary>
    public static HostTensor ToHostTensor(this RgbImage image) =>
        ToHostTensor(image.Pixels, image.Height, image.Width, RgbImage.Channels);

    /// <summary>Bytes as an output.</summary>
    public static HostTensor ToHostTensor(ReadOnlySpan<byte> values, params int[] extents)
    {
        float[] converted = new float[values.Length];
        for (int i = 0; i < converted.Length; i++)
        {
            converted[i] = values[i];
        }

        return new HostTensor(converted, extents);
    }

    /// <summary>Every n-th row and column of an image as an output.</summary>
    public static HostTensor Thin(ReadOnlySpan<byte> pixels, int height, int width, int stride)
    {
        var thinned = new RgbImage(width / stride, height / stride);
        for (int y = 0; y < thinned.Height; y++)
        {
            for (int x = 0; x < thinned.Width; x++)
            {
                pixels.Slice((y * stride * width + x * stride) * RgbImage.Channels, RgbImage.Channels)
                    .CopyTo(thinned.Row(y)[(x * RgbImage.Channels)..]);
            }
        }

        return thinned.ToHostTensor();
    }
}
