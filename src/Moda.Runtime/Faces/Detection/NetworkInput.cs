using System.Numerics;
using Moda.Kernels;
using Moda.Runtime.Imaging;

namespace Moda.Runtime.Faces.Detection;

/// <summary>
/// Samples the input of a face network from an image: a square at any scale and rotation, without aliasing. The mean is subtracted, and the
/// result is divided by 255.
/// </summary>
internal sealed class NetworkInput
{
    private readonly List<RgbImage> pyramid;

    /// <summary>Uses an image. Smaller copies are made when they are first needed.</summary>
    public NetworkInput(RgbImage image) => pyramid = [image];

    /// <summary>Samples a square.</summary>
    /// <param name="imageToSquare">Maps the image's pixels to the square's. Its scale must be the same in all directions.</param>
    /// <param name="size">The square's side in pixels.</param>
    /// <param name="mean">Subtracted from red, green and blue in 0..255.</param>
    /// <param name="values">[size, size, 3].</param>
    public void Sample(AffineTransform imageToSquare, int size, ReadOnlySpan<float> mean, Span<float> values)
    {
        (RgbImage image, AffineTransform toSquare) = Level(imageToSquare);
        (image, toSquare) = Reached(image, toSquare, size);
        ReadOnlySpan<byte> pixels = ImageTransforms.Warp(image, toSquare, size, size).Pixels;
        for (int i = 0; i < pixels.Length; i += RgbImage.Channels)
        {
            for (int channel = 0; channel < RgbImage.Channels; channel++)
            {
                values[i + channel] = (pixels[i + channel] - mean[channel]) / byte.MaxValue;
            }
        }
    }

    /// <summary>
    /// Cuts out the part of the image that the square shows, with a margin of one pixel, because the cost of a warp grows with its source.
    /// </summary>
    private static (RgbImage Image, AffineTransform ToSquare) Reached(RgbImage image, AffineTransform toSquare, int size)
    {
        AffineTransform toImage = toSquare.Invert();
        double left = double.MaxValue, top = double.MaxValue, right = double.MinValue, bottom = double.MinValue;
        foreach (Vector2 corner in (ReadOnlySpan<Vector2>)[new(0, 0), new(size, 0), new(0, size), new(size, size)])
        {
            Vector2 place = toImage.Apply(corner);
            (left, right) = (Math.Min(left, place.X), Math.Max(right, place.X));
            (top, bottom) = (Math.Min(top, place.Y), Math.Max(bottom, place.Y));
        }

        int x = (int)Math.Clamp(left - 1, 0, image.Width - 1);
        int y = (int)Math.Clamp(top - 1, 0, image.Height - 1);
        int width = (int)Math.Clamp(right + 2 - x, 1, image.Width - x);
        int height = (int)Math.Clamp(bottom + 2 - y, 1, image.Height - y);
        return width == image.Width && height == image.Height
            ? (image, toSquare)
            : (image.Crop(x, y, width, height), toSquare with
            {
                X0 = toSquare.X0 + toSquare.XX * x + toSquare.XY * y,
                Y0 = toSquare.Y0 + toSquare.YX * x + toSquare.YY * y,
            });
    }

    /// <summary>Chooses the pyramid level at which bilinear sampling skips no pixel: its scale is at least one half.</summary>
    private (RgbImage Image, AffineTransform ToSquare) Level(AffineTransform imageToSquare)
    {
        double scale = Math.Sqrt(Math.Abs(imageToSquare.XX * imageToSquare.YY - imageToSquare.XY * imageToSquare.YX));
        int level = 0;
        for (; scale < 0.5 && Math.Min(pyramid[level].Width, pyramid[level].Height) >= 4; level++, scale *= 2)
        {
            if (level + 1 == pyramid.Count)
            {
                RgbImage larger = pyramid[level];
                bool isEven = (larger.Width | larger.Height) % 2 == 0;
                RgbImage even = isEven ? larger : larger.Crop(0, 0, larger.Width & ~1, larger.Height & ~1);
                pyramid.Add(ImageTransforms.ShrinkByArea(even, 2));
            }
        }

        // The centre of pixel x of a level with factor f lies at f x + (f - 1) / 2 in the image.
        double factor = 1 << level;
        double offset = (factor - 1) / 2;
        return (pyramid[level], new AffineTransform(
            imageToSquare.XX * factor,
            imageToSquare.XY * factor,
            imageToSquare.X0 + (imageToSquare.XX + imageToSquare.XY) * offset,
            imageToSquare.YX * factor,
            imageToSquare.YY * factor,
            imageToSquare.Y0 + (imageToSquare.YX + imageToSquare.YY) * offset));
    }
}
