using SkiaSharp;

namespace Moda.Runtime.Imaging;

/// <summary>Turns an image as its EXIF orientation asks, so that its top row is the scene's top.</summary>
internal static class ImageOrientation
{
    /// <summary>Whether rows and columns change places.</summary>
    public static bool IsTransposed(SKEncodedOrigin origin) =>
        origin is SKEncodedOrigin.LeftTop or SKEncodedOrigin.RightTop or SKEncodedOrigin.RightBottom or SKEncodedOrigin.LeftBottom;

    /// <summary>The image as it is meant to be seen; the same object when it is stored upright.</summary>
    public static RgbImage Upright(RgbImage stored, SKEncodedOrigin origin)
    {
        bool transposed = IsTransposed(origin);
        // An origin is named after the sides of the scene at which the first stored row and column lie.
        bool mirrorColumns = origin is SKEncodedOrigin.TopRight or SKEncodedOrigin.BottomRight or SKEncodedOrigin.RightBottom or SKEncodedOrigin.LeftBottom;
        bool mirrorRows = origin is SKEncodedOrigin.BottomRight or SKEncodedOrigin.BottomLeft or SKEncodedOrigin.RightTop or SKEncodedOrigin.RightBottom;
        if (!transposed && !mirrorColumns && !mirrorRows)
        {
            return stored;
        }
        RgbImage upright = transposed ? new RgbImage(stored.Height, stored.Width) : new RgbImage(stored.Width, stored.Height);
        for (int y = 0; y < upright.Height; y++)
        {
            Span<byte> row = upright.Row(y);
            for (int x = 0; x < upright.Width; x++)
            {
                int column = transposed ? y : x;
                int line = transposed ? x : y;
                int storedX = mirrorColumns ? stored.Width - 1 - column : column;
                int storedY = mirrorRows ? stored.Height - 1 - line : line;
                stored.Row(storedY).Slice(storedX * RgbImage.Channels, RgbImage.Channels).CopyTo(row[(x * RgbImage.Channels)..]);
            }
        }
        return upright;
    }
}
