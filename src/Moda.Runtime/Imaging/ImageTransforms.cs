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
        ArgumentOutOfRangeException.ThrowIfNotEqual(image.Width % factor, 0, nameof(factor));
        ArgumentOutOfRangeException.ThrowIfNotEqual(image.Height % factor, 0, nameof(factor));
        RgbImage result = new(image.Width / factor, image.Height / factor);
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
        return result;
    }

    /// <summary>Warps by an affine map, bilinearly (OpenCV's warpAffine).</summary>
    /// <param name="image">Any image.</param>
    /// <param name="imageToResult">Maps the image's pixels to the result's.</param>
    /// <param name="width">The result's width, in pixels.</param>
    /// <param name="height">The result's height, in pixels.</param>
    /// <param name="border">What the result shows outside the image.</param>
    public static RgbImage Warp(RgbImage image, AffineTransform imageToResult, int width, int height, BorderMode border = BorderMode.Black)
    {
        BilinearWarp warp = new(image.Width, image.Height, imageToResult, width, height, border);
        warp.SetColours(image.Pixels);
        RgbImage result = new(width, height);
        byte[] rgba = new byte[width * 4];
        AffineTransform toImage = imageToResult.Invert();
        for (int y = 0; y < height; y++)
        {
            (int start, int end) = warp.Columns(y);
            Span<byte> run = rgba.AsSpan(0, (end - start) * 4);
            warp.WarpRow(y, start, run);
            Span<byte> row = result.Row(y);
            RgbaConversion.Compact(run, row[(start * RgbImage.Channels)..]);
            if (border == BorderMode.Replicate)
            {
                ReplicateEdge(image, toImage, row, y, 0, start);
                ReplicateEdge(image, toImage, row, y, end, width);
            }
        }
        return result;
    }

    /// <summary>Fills columns of a row outside the image with the colours of the nearest edge points.</summary>
    private static void ReplicateEdge(RgbImage image, AffineTransform toImage, Span<byte> row, int y, int start, int end)
    {
        for (int x = start; x < end; x++)
        {
            double sourceX = Math.Clamp(toImage.XX * x + toImage.XY * y + toImage.X0, 0, image.Width - 1);
            double sourceY = Math.Clamp(toImage.YX * x + toImage.YY * y + toImage.Y0, 0, image.Height - 1);
            int left = (int)sourceX;
            int top = (int)sourceY;
            double right = sourceX - left;
            double down = sourceY - top;
            ReadOnlySpan<byte> upper = image.Row(top);
            ReadOnlySpan<byte> lower = image.Row(Math.Min(top + 1, image.Height - 1));
            int first = left * RgbImage.Channels;
            int second = Math.Min(left + 1, image.Width - 1) * RgbImage.Channels;
            for (int channel = 0; channel < RgbImage.Channels; channel++)
            {
                double above = upper[first + channel] * (1 - right) + upper[second + channel] * right;
                double below = lower[first + channel] * (1 - right) + lower[second + channel] * right;
                row[x * RgbImage.Channels + channel] = (byte)(above * (1 - down) + below * down + 0.5);
            }
        }
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
