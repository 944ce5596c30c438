using Moda.Kernels;
using Moda.Runtime.Options;

namespace Moda.Runtime.Imaging;

/// <summary>Resizing and warping of whole images, with the arithmetic of OpenCV, which the reference uses.</summary>
internal static class ImageTransforms
{
    private const int WeightBits = 11;

    /// <summary>
    /// Shrinks an image (bilinearly) until its longest side fits, then crops it at the right and the bottom to even sides, which video with
    /// subsampled colour needs.
    /// </summary>
    /// <param name="image">Any image.</param>
    /// <param name="longestSide">The largest allowed side, in pixels.</param>
    /// <returns>The resized image; the same object when it already fits.</returns>
    public static RgbImage LimitSize(RgbImage image, int longestSide = PortraitOptions.DefaultLongestSide)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(longestSide, 2);
        int longest = Math.Max(image.Width, image.Height);
        if (longest > longestSide)
        {
            // The shorter side of a very thin image stays at least 2 pixels.
            int shorter = Math.Max(2, (int)(Math.Min(image.Width, image.Height) * ((double)longestSide / longest)));
            image = image.Height > image.Width
                ? ResizeBilinear(image, shorter, longestSide)
                : ResizeBilinear(image, longestSide, image.Width == image.Height ? longestSide : shorter);
        }
        int width = Math.Max(image.Width & ~1, 1);
        int height = Math.Max(image.Height & ~1, 1);
        return width == image.Width && height == image.Height ? image : image.Crop(0, 0, width, height);
    }

    /// <summary>Resizes bilinearly without smoothing. Pixel centres are aligned, and weights have 11 bits (OpenCV's INTER_LINEAR).</summary>
    /// <param name="image">Any image.</param>
    /// <param name="width">New width, in pixels.</param>
    /// <param name="height">New height, in pixels.</param>
    public static RgbImage ResizeBilinear(RgbImage image, int width, int height)
    {
        RgbImage result = new(width, height);
        (int[] left, int[] right, int[] rightWeight) = Taps(image.Width, width, RgbImage.Channels);
        (int[] top, int[] bottom, int[] bottomWeight) = Taps(image.Height, height, 1);
        Parallel.For(0, height, y =>
        {
            ReadOnlySpan<byte> upper = image.Row(top[y]);
            ReadOnlySpan<byte> lower = image.Row(bottom[y]);
            Span<byte> row = result.Row(y);
            int lowerWeight = bottomWeight[y];
            for (int x = 0; x < width; x++)
            {
                int weight = rightWeight[x];
                for (int channel = 0; channel < RgbImage.Channels; channel++)
                {
                    int a = upper[left[x] + channel] * ((1 << WeightBits) - weight) + upper[right[x] + channel] * weight;
                    int b = lower[left[x] + channel] * ((1 << WeightBits) - weight) + lower[right[x] + channel] * weight;
                    int sum = (((1 << WeightBits) - lowerWeight) * (a >> 4) >> 16) + (lowerWeight * (b >> 4) >> 16);
                    row[x * RgbImage.Channels + channel] = (byte)((sum + 2) >> 2);
                }
            }
        });
        return result;
    }

    /// <summary>Shrinks by a whole factor. Each pixel is the mean of a square of the image (OpenCV's INTER_AREA); halves round up.</summary>
    /// <param name="image">An image whose sides are multiples of the factor.</param>
    /// <param name="factor">The factor; 2 gives half the width and height.</param>
    public static RgbImage ShrinkByArea(RgbImage image, int factor)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(factor, 1);
        RgbImage result = new(image.Width / factor, image.Height / factor);
        ShrinkByArea(image, factor, result);
        return result;
    }

    /// <summary>Shrinks into an existing image.</summary>
    /// <param name="image">An image whose sides are multiples of the factor.</param>
    /// <param name="factor">The factor; 2 gives half the width and height.</param>
    /// <param name="result">Receives the pixels. Its sides are those of the image divided by the factor.</param>
    public static void ShrinkByArea(RgbImage image, int factor, RgbImage result)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(image.Width, result.Width * factor, nameof(factor));
        ArgumentOutOfRangeException.ThrowIfNotEqual(image.Height, result.Height * factor, nameof(factor));
        int area = factor * factor;
        for (int y = 0; y < result.Height; y++)
        {
            Span<byte> row = result.Row(y);
            for (int x = 0; x < row.Length; x++)
            {
                int corner = x / RgbImage.Channels * factor * RgbImage.Channels + x % RgbImage.Channels;
                int sum = area / 2;
                for (int dy = 0; dy < factor; dy++)
                {
                    ReadOnlySpan<byte> source = image.Row(y * factor + dy);
                    for (int dx = 0; dx < factor; dx++)
                    {
                        sum += source[corner + dx * RgbImage.Channels];
                    }
                }
                row[x] = (byte)(sum / area);
            }
        }
    }

    /// <summary>Warps by an affine map, bilinearly (OpenCV's warpAffine).</summary>
    /// <param name="image">Any image.</param>
    /// <param name="imageToResult">Maps the image's pixels to the result's.</param>
    /// <param name="width">The result's width, in pixels.</param>
    /// <param name="height">The result's height, in pixels.</param>
    /// <param name="border">What the result shows outside the image.</param>
    public static RgbImage Warp(RgbImage image, AffineTransform imageToResult, int width, int height, BorderMode border = BorderMode.Black)
    {
        RgbImage result = new(width, height);
        new ImageWarp(image.Width, image.Height, width, height, border).Run(image, imageToResult, result);
        return result;
    }

    /// <summary>Computes, for each result index, two source offsets and the weight of the second one, from 0 to 2048.</summary>
    private static (int[] First, int[] Second, int[] SecondWeight) Taps(int source, int result, int step)
    {
        int[] first = new int[result];
        int[] second = new int[result];
        int[] weight = new int[result];
        double scale = (double)source / result;
        for (int i = 0; i < result; i++)
        {
            float position = (float)((i + 0.5) * scale - 0.5);
            int index = (int)MathF.Floor(position);
            float fraction = position - index;
            if (index < 0 || index >= source - 1)
            {
                index = Math.Clamp(index, 0, source - 1);
                fraction = 0;
            }
            first[i] = index * step;
            second[i] = Math.Min(index + 1, source - 1) * step;
            weight[i] = (int)MathF.Round(fraction * (1 << WeightBits));
        }
        return (first, second, weight);
    }
}
