using System.Runtime.Intrinsics;

namespace Moda.Runtime.Imaging;

/// <summary>Composites pixels with straight (not premultiplied) alpha over a background.</summary>
internal static class AlphaBlend
{
    private static Vector128<byte> AlphaPattern => Vector128.Create((byte)3, 3, 3, 3, 7, 7, 7, 7, 11, 11, 11, 11, 15, 15, 15, 15);

    /// <summary>
    /// Computes <c>floor((alpha colour + (255 - alpha) background) / 255)</c> exactly. The reference truncates the same expression in
    /// float32.
    /// </summary>
    /// <param name="rgba">[n, 4].</param>
    /// <param name="background">[n, 3].</param>
    /// <param name="result">[n, 3]. It may be the same memory as the background.</param>
    public static void Over(ReadOnlySpan<byte> rgba, ReadOnlySpan<byte> background, Span<byte> result)
    {
        int pixels = rgba.Length / 4;
        int pixel = 0;
        // Each step reads 16 bytes of the background and uses 12, so the scalar loop handles the last pixels.
        for (; pixel + 6 <= pixels; pixel += 4)
        {
            Vector128<byte> colour = Vector128.Create(rgba.Slice(pixel * 4, 16));
            Vector128<byte> alpha = Vector128.Shuffle(colour, AlphaPattern);
            Vector128<byte> behind = RgbaConversion.ExpandFour(Vector128.Create(background.Slice(pixel * 3, 16)), Vector128<byte>.Zero);
            Vector128<ushort> lower = Mix(Vector128.WidenLower(colour), Vector128.WidenLower(behind), Vector128.WidenLower(alpha));
            Vector128<ushort> upper = Mix(Vector128.WidenUpper(colour), Vector128.WidenUpper(behind), Vector128.WidenUpper(alpha));
            RgbaConversion.StoreFour(Vector128.Narrow(lower, upper), result.Slice(pixel * 3, 12));
        }
        for (; pixel < pixels; pixel++)
        {
            int alpha = rgba[pixel * 4 + 3];
            for (int channel = 0; channel < 3; channel++)
            {
                int at = pixel * 3 + channel;
                result[at] = (byte)((rgba[pixel * 4 + channel] * alpha + background[at] * (255 - alpha)) / 255);
            }
        }
    }

    private static Vector128<ushort> Mix(Vector128<ushort> colour, Vector128<ushort> behind, Vector128<ushort> alpha)
    {
        Vector128<ushort> sum = colour * alpha + behind * (Vector128.Create((ushort)255) - alpha);
        // For 0 <= n <= 255 * 255 this equals n / 255 rounded down.
        return (sum + Vector128<ushort>.One + (sum >>> 8)) >>> 8;
    }
}
