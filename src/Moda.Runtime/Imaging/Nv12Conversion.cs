using System.Buffers.Binary;
using System.Runtime.Intrinsics;

namespace Moda.Runtime.Imaging;

/// <summary>
/// RGB to NV12: BT.709, limited range. With R, G, B in 0..255: Y = 16 + 219 (0.2126 R + 0.7152 G + 0.0722 B) / 255,
/// Cb = 128 + 224 (B - L) / 1.8556 / 255 and Cr = 128 + 224 (R - L) / 1.5748 / 255, where L is the sum in the first brackets.
/// </summary>
internal static class Nv12Conversion
{
    private const double Red = 0.2126;
    private const double Blue = 0.0722;
    private const double Green = 1 - Red - Blue;

    // Integers of 16 fractional bits are off by less than 0.01 after three products.
    private const int Bits = 16;
    private const double LumaScale = (1 << Bits) * 219 / 255.0;
    private const int LumaRed = (int)(LumaScale * Red + 0.5);
    private const int LumaGreen = (int)(LumaScale * Green + 0.5);
    private const int LumaBlue = (int)(LumaScale * Blue + 0.5);
    private const int LumaOffset = (16 << Bits) + (1 << (Bits - 1));

    // The three factors of a colour difference add up to zero, so that grey stays grey.
    private const double CbScale = (1 << Bits) * 224 / 255.0 / (2 * (1 - Blue));
    private const int CbRed = -(int)(CbScale * Red + 0.5);
    private const int CbGreen = -(int)(CbScale * Green + 0.5);
    private const int CbBlue = -CbRed - CbGreen;
    private const double CrScale = (1 << Bits) * 224 / 255.0 / (2 * (1 - Red));
    private const int CrGreen = -(int)(CrScale * Green + 0.5);
    private const int CrBlue = -(int)(CrScale * Blue + 0.5);
    private const int CrRed = -CrGreen - CrBlue;

    // Sums of four pixels have two bits more.
    private const int ChromaBits = Bits + 2;
    private const int ChromaOffset = (128 << ChromaBits) + (1 << (ChromaBits - 1));

    /// <summary>Converts a frame.</summary>
    /// <param name="rgb">[height, width, 3].</param>
    /// <param name="width">Pixels in a row.</param>
    /// <param name="height">Rows.</param>
    /// <param name="nv12">Luma [height, width], then Cb and Cr [(height + 1) / 2, (width + 1) / 2, 2].</param>
    public static void Convert(ReadOnlySpan<byte> rgb, int width, int height, Span<byte> nv12)
    {
        ConvertLuma(rgb, nv12[..(width * height)]);
        int stride = width * RgbImage.Channels;
        Span<byte> chroma = nv12[(width * height)..];
        int chromaStride = (width + 1) / 2 * 2;
        for (int y = 0; y < height; y += 2)
        {
            // A last odd row or column counts twice.
            ReadOnlySpan<byte> upper = rgb.Slice(y * stride, stride);
            ReadOnlySpan<byte> lower = y + 1 < height ? rgb.Slice((y + 1) * stride, stride) : upper;
            ConvertChroma(upper, lower, width, chroma.Slice(y / 2 * chromaStride, chromaStride));
        }
    }

    private static void ConvertLuma(ReadOnlySpan<byte> rgb, Span<byte> luma)
    {
        Vector128<int> mask = Vector128.Create(255);
        Vector128<byte> lowest = Vector128.Create((byte)0, 4, 8, 12, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255);
        int pixel = 0;

        // 16 bytes are read where 12 are used, so the last pixels are left to the scalar loop.
        for (; pixel + 6 <= luma.Length; pixel += 4)
        {
            Vector128<int> four = RgbaConversion.ExpandFour(Vector128.Create(rgb.Slice(pixel * 3, 16)), Vector128<byte>.Zero).AsInt32();
            Vector128<int> sum = (four & mask) * LumaRed + ((four >> 8) & mask) * LumaGreen + (four >> 16) * LumaBlue;
            Vector128<int> values = (sum + Vector128.Create(LumaOffset)) >> Bits;
            BinaryPrimitives.WriteUInt32LittleEndian(luma[pixel..], Vector128.Shuffle(values.AsByte(), lowest).AsUInt32().ToScalar());
        }

        for (; pixel < luma.Length; pixel++)
        {
            ReadOnlySpan<byte> one = rgb.Slice(pixel * 3, 3);
            luma[pixel] = (byte)((one[0] * LumaRed + one[1] * LumaGreen + one[2] * LumaBlue + LumaOffset) >> Bits);
        }
    }

    private static void ConvertChroma(ReadOnlySpan<byte> upper, ReadOnlySpan<byte> lower, int width, Span<byte> chroma)
    {
        for (int x = 0; x < width; x += 2)
        {
            int left = x * RgbImage.Channels;
            int right = Math.Min(x + 1, width - 1) * RgbImage.Channels;
            int red = upper[left] + upper[right] + lower[left] + lower[right];
            int green = upper[left + 1] + upper[right + 1] + lower[left + 1] + lower[right + 1];
            int blue = upper[left + 2] + upper[right + 2] + lower[left + 2] + lower[right + 2];
            chroma[x] = (byte)((red * CbRed + green * CbGreen + blue * CbBlue + ChromaOffset) >> ChromaBits);
            chroma[x + 1] = (byte)((red * CrRed + green * CrGreen + blue * CrBlue + ChromaOffset) >> ChromaBits);
        }
    }
}
