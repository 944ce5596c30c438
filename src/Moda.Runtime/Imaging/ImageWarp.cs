using Moda.Kernels;
using Moda.Runtime.Options;

namespace Moda.Runtime.Imaging;

/// <summary>
/// Warps images of one size into images of another size by affine maps, bilinearly (OpenCV's warpAffine). Buffers are created once. Only
/// one thread may use it at a time.
/// </summary>
internal sealed class ImageWarp
{
    private readonly BilinearWarp warp;
    private readonly BorderMode border;
    private readonly byte[] rgba;

    /// <summary>Creates the buffers.</summary>
    /// <param name="sourceWidth">The images' width in pixels.</param>
    /// <param name="sourceHeight">Their height in pixels.</param>
    /// <param name="width">The results' width in pixels.</param>
    /// <param name="height">Their height in pixels.</param>
    /// <param name="border">What the result shows outside an image.</param>
    public ImageWarp(int sourceWidth, int sourceHeight, int width, int height, BorderMode border)
    {
        this.border = border;
        warp = new BilinearWarp(sourceWidth, sourceHeight, new AffineTransform(1, 0, 0, 0, 1, 0), width, height, border);
        rgba = new byte[width * 4];
    }

    /// <summary>Warps one image.</summary>
    /// <param name="image">The image.</param>
    /// <param name="imageToResult">Maps the image's pixels to the result's.</param>
    /// <param name="result">Receives the pixels. It is completely overwritten.</param>
    public void Run(RgbImage image, AffineTransform imageToResult, RgbImage result)
    {
        warp.Aim(imageToResult);
        warp.SetColours(image.Pixels);
        AffineTransform toImage = imageToResult.Invert();
        for (int y = 0; y < result.Height; y++)
        {
            (int start, int end) = warp.Columns(y);
            Span<byte> run = rgba.AsSpan(0, (end - start) * 4);
            warp.WarpRow(y, start, run);
            Span<byte> row = result.Row(y);
            RgbaConversion.Compact(run, row[(start * RgbImage.Channels)..]);
            if (border == BorderMode.Replicate)
            {
                ReplicateEdge(image, toImage, row, y, 0, start);
                ReplicateEdge(image, toImage, row, y, end, result.Width);
            }
            else
            {
                row[..(start * RgbImage.Channels)].Clear();
                row[(end * RgbImage.Channels)..].Clear();
            }
        }
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
}
