using SkiaSharp;

namespace Moda.Runtime.Imaging;

/// <summary>Rotates and mirrors an image by its EXIF orientation, so that it is upright.</summary>
internal static class ImageOrientation
{
    /// <summary>Whether the orientation swaps rows and columns.</summary>
    public static bool IsTransposed(SKEncodedOrigin origin) =>
        origin is SKEncodedOrigin.LeftTop or SKEncodedOrigin.RightTop or SKEncodedOrigin.RightBottom or SKEncodedOrigin.LeftBottom;

    /// <summary>Returns the upright image; the same object when it is already upright.</summary>
    public static RgbImage Upright(RgbImage stored, SKEncodedOrigin origin)
    {
        bool transposed = IsTransposed(origin);
        // The name of an origin gives the sides of the scene at which the first stored row and the first stored column lie.
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
