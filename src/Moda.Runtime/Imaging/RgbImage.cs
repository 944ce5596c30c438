namespace Moda.Runtime.Imaging;

/// <summary>An image in memory: uint8 [height, width, 3], in RGB order, without padding between rows.</summary>
public sealed class RgbImage
{
    /// <summary>The bytes of one pixel.</summary>
    public const int Channels = 3;

    /// <summary>Creates a black image.</summary>
    /// <param name="width">The width in pixels.</param>
    /// <param name="height">The height in pixels.</param>
    public RgbImage(int width, int height)
        : this(width, height, new byte[ByteCount(width, height)])
    {
    }

    /// <summary>Wraps pixels without copying them.</summary>
    /// <param name="width">The width in pixels.</param>
    /// <param name="height">The height in pixels.</param>
    /// <param name="pixels">[height, width, 3]. The image owns the array from now on.</param>
    public RgbImage(int width, int height, byte[] pixels)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(pixels.Length, ByteCount(width, height), nameof(pixels));
        Width = width;
        Height = height;
        Pixels = pixels;
    }

    /// <summary>The width in pixels.</summary>
    public int Width { get; }

    /// <summary>The height in pixels.</summary>
    public int Height { get; }

    /// <summary>The pixels, [height, width, 3].</summary>
    public byte[] Pixels { get; }

    /// <summary>The bytes of one row.</summary>
    public int Stride => Width * Channels;

    /// <summary>One row, [width, 3].</summary>
    /// <param name="y">The row's index; 0 is the top row.</param>
    public Span<byte> Row(int y) => Pixels.AsSpan(y * Stride, Stride);

    /// <summary>Copies a rectangle out of the image.</summary>
    /// <param name="x">The rectangle's left column.</param>
    /// <param name="y">The rectangle's top row.</param>
    /// <param name="width">The rectangle's width. It must lie inside the image.</param>
    /// <param name="height">The rectangle's height. It must lie inside the image.</param>
    public RgbImage Crop(int x, int y, int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(x);
        ArgumentOutOfRangeException.ThrowIfNegative(y);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(x + width, Width, nameof(width));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(y + height, Height, nameof(height));
        RgbImage result = new(width, height);
        for (int row = 0; row < height; row++)
        {
            Row(y + row).Slice(x * Channels, width * Channels).CopyTo(result.Row(row));
        }
        return result;
    }

    private static int ByteCount(int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        return checked(width * height * Channels);
    }
}
