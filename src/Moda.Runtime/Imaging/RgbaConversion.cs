using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Moda.Runtime.Imaging;

/// <summary>Converts between three and four bytes for each pixel. Image codecs and vector code need four; all other code uses three.</summary>
internal static class RgbaConversion
{
    private static Vector128<byte> WidenPattern => Vector128.Create((byte)0, 1, 2, 255, 3, 4, 5, 255, 6, 7, 8, 255, 9, 10, 11, 255);

    private static Vector128<byte> BgraPattern => Vector128.Create((byte)2, 1, 0, 255, 5, 4, 3, 255, 8, 7, 6, 255, 11, 10, 9, 255);

    private static Vector128<byte> NarrowPattern => Vector128.Create((byte)0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 255, 255, 255, 255);

    /// <summary>Converts RGB to RGBA with one alpha for all pixels.</summary>
    /// <param name="rgb">[n, 3].</param>
    /// <param name="rgba">[n, 4].</param>
    /// <param name="alpha">The alpha: 0 is transparent, 255 is opaque.</param>
    public static void Expand(ReadOnlySpan<byte> rgb, Span<byte> rgba, byte alpha)
    {
        int pixels = rgb.Length / 3;
        Vector128<byte> alphas = Vector128.Create((uint)alpha << 24).AsByte();
        int pixel = 0;
        // Each step reads 16 bytes and uses 12, so the scalar loop handles the last pixels.
        for (; pixel + 6 <= pixels; pixel += 4)
        {
            ExpandFour(Vector128.Create(rgb.Slice(pixel * 3, 16)), alphas).CopyTo(rgba[(pixel * 4)..]);
        }
        for (; pixel < pixels; pixel++)
        {
            rgba[pixel * 4] = rgb[pixel * 3];
            rgba[pixel * 4 + 1] = rgb[pixel * 3 + 1];
            rgba[pixel * 4 + 2] = rgb[pixel * 3 + 2];
            rgba[pixel * 4 + 3] = alpha;
        }
    }

    /// <summary>Converts RGB to BGRA with one alpha for all pixels.</summary>
    /// <param name="rgb">[n, 3].</param>
    /// <param name="bgra">[n, 4].</param>
    /// <param name="alpha">The alpha: 0 is transparent, 255 is opaque.</param>
    public static void ExpandToBgra(ReadOnlySpan<byte> rgb, Span<byte> bgra, byte alpha)
    {
        int pixels = rgb.Length / 3;
        Vector128<byte> alphas = Vector128.Create((uint)alpha << 24).AsByte();
        int pixel = 0;
        for (; pixel + 6 <= pixels; pixel += 4)
        {
            (Vector128.Shuffle(Vector128.Create(rgb.Slice(pixel * 3, 16)), BgraPattern) | alphas).CopyTo(bgra[(pixel * 4)..]);
        }
        for (; pixel < pixels; pixel++)
        {
            bgra[pixel * 4] = rgb[pixel * 3 + 2];
            bgra[pixel * 4 + 1] = rgb[pixel * 3 + 1];
            bgra[pixel * 4 + 2] = rgb[pixel * 3];
            bgra[pixel * 4 + 3] = alpha;
        }
    }

    /// <summary>Converts RGB to RGBA, and keeps the alpha bytes of the destination.</summary>
    /// <param name="rgb">[n, 3].</param>
    /// <param name="rgba">[n, 4].</param>
    public static void ExpandKeepingAlpha(ReadOnlySpan<byte> rgb, Span<byte> rgba)
    {
        int pixels = rgb.Length / 3;
        Vector128<byte> alphaMask = Vector128.Create(0xFF000000u).AsByte();
        int pixel = 0;
        for (; pixel + 6 <= pixels; pixel += 4)
        {
            Span<byte> four = rgba.Slice(pixel * 4, 16);
            ExpandFour(Vector128.Create(rgb.Slice(pixel * 3, 16)), Vector128.Create((ReadOnlySpan<byte>)four) & alphaMask).CopyTo(four);
        }
        for (; pixel < pixels; pixel++)
        {
            rgb.Slice(pixel * 3, 3).CopyTo(rgba[(pixel * 4)..]);
        }
    }

    /// <summary>Converts RGBA to RGB. Alpha is dropped.</summary>
    /// <param name="rgba">[n, 4].</param>
    /// <param name="rgb">[n, 3].</param>
    public static void Compact(ReadOnlySpan<byte> rgba, Span<byte> rgb)
    {
        int pixels = rgba.Length / 4;
        int pixel = 0;
        for (; pixel + 4 <= pixels; pixel += 4)
        {
            StoreFour(Vector128.Create(rgba.Slice(pixel * 4, 16)), rgb.Slice(pixel * 3, 12));
        }
        for (; pixel < pixels; pixel++)
        {
            rgba.Slice(pixel * 4, 3).CopyTo(rgb[(pixel * 3)..]);
        }
    }

    /// <summary>Converts four RGB pixels in the lowest 12 bytes to four RGBA pixels. <paramref name="alphas"/> supplies every fourth byte.</summary>
    public static Vector128<byte> ExpandFour(Vector128<byte> rgb, Vector128<byte> alphas) => Vector128.Shuffle(rgb, WidenPattern) | alphas;

    /// <summary>Writes the colours of four RGBA pixels as exactly 12 bytes.</summary>
    public static void StoreFour(Vector128<byte> rgba, Span<byte> rgb)
    {
        Vector128<byte> packed = Vector128.Shuffle(rgba, NarrowPattern);
        BinaryPrimitives.WriteUInt32LittleEndian(rgb[8..], packed.AsUInt32().GetElement(2));
        MemoryMarshal.Write(rgb, packed.AsUInt64().GetElement(0));
    }

    /// <summary>Composites straight-alpha RGBA over white, into RGB.</summary>
    /// <param name="rgba">[n, 4], not premultiplied.</param>
    /// <param name="rgb">[n, 3].</param>
    public static void CompositeOverWhite(ReadOnlySpan<byte> rgba, Span<byte> rgb)
    {
        for (int pixel = 0; pixel < rgba.Length / 4; pixel++)
        {
            int alpha = rgba[pixel * 4 + 3];
            for (int channel = 0; channel < 3; channel++)
            {
                rgb[pixel * 3 + channel] = (byte)((rgba[pixel * 4 + channel] * alpha + 255 * (255 - alpha) + 127) / 255);
            }
        }
    }
}
