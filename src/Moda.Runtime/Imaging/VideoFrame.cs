namespace Moda.Runtime.Imaging;

/// <summary>One frame of a clip.</summary>
/// <param name="Index">The frame's index, from 0.</param>
/// <param name="Timestamp">The time at which the frame is shown, from the clip's start.</param>
/// <param name="Width">The width in pixels.</param>
/// <param name="Height">The height in pixels.</param>
/// <param name="Pixels">uint8 [height, width, 3], in RGB order. The method that returns the frame documents how long they stay valid.</param>
public readonly record struct VideoFrame(int Index, TimeSpan Timestamp, int Width, int Height, ReadOnlyMemory<byte> Pixels)
{
    /// <summary>Copies the frame. The copy has its own pixels and stays valid.</summary>
    public VideoFrame Copy() => this with { Pixels = Pixels.ToArray() };

    /// <summary>Bytes that the frame takes in a format.</summary>
    /// <param name="format">The format.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such format.</exception>
    public int LengthIn(PixelFormat format) => format switch
    {
        PixelFormat.Rgb24 => Width * Height * RgbImage.Channels,
        PixelFormat.Bgra32 => Width * Height * 4,
        PixelFormat.Nv12 => Width * Height + 2 * ((Width + 1) / 2) * ((Height + 1) / 2),
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, "There is no such pixel format."),
    };

    /// <summary>Writes the frame in a format. It allocates nothing.</summary>
    /// <param name="destination">At least <see cref="LengthIn"/> bytes; those beyond are left as they are.</param>
    /// <param name="format">The format.</param>
    /// <exception cref="ArgumentException">The destination is too short.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such format.</exception>
    public void CopyTo(Span<byte> destination, PixelFormat format)
    {
        int length = LengthIn(format);
        if (destination.Length < length)
        {
            throw new ArgumentException($"A frame of {Width} x {Height} takes {length} bytes as {format}; the destination has {destination.Length}.", nameof(destination));
        }

        ReadOnlySpan<byte> rgb = Pixels.Span[..(Width * Height * RgbImage.Channels)];
        switch (format)
        {
            case PixelFormat.Bgra32:
                RgbaConversion.ExpandToBgra(rgb, destination[..length], alpha: 255);
                break;
            case PixelFormat.Nv12:
                Nv12Conversion.Convert(rgb, Width, Height, destination[..length]);
                break;
            default:
                rgb.CopyTo(destination);
                break;
        }
    }
}
