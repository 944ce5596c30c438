using SkiaSharp;

namespace Moda.Runtime.Imaging;

/// <summary>
/// Reads the orientation from an XMP packet, which some programs write instead of EXIF. Pillow, which the reference uses, reads it too.
/// </summary>
internal static class XmpOrientation
{
    /// <summary>The largest part of a packet that is searched. Real packets have a few kilobytes.</summary>
    private const int LongestPacket = 1 << 20;

    /// <summary>Finds <c>tiff:Orientation="N"</c> or <c>&lt;tiff:Orientation&gt;N&lt;</c> in a packet.</summary>
    /// <param name="packet">XML in UTF-8. Only the first mebibyte is searched.</param>
    /// <returns>Null when there is no orientation from 1 to 8.</returns>
    public static SKEncodedOrigin? Of(ReadOnlySpan<byte> packet)
    {
        packet = packet[..Math.Min(packet.Length, LongestPacket)];
        ReadOnlySpan<byte> name = "tiff:Orientation"u8;
        while (packet.IndexOf(name) is >= 0 and int at)
        {
            packet = packet[(at + name.Length)..];
            if (packet is [(byte)'=', (byte)'"' or (byte)'\'', >= (byte)'1' and <= (byte)'8' and var value, (byte)'"' or (byte)'\'', ..])
            {
                return (SKEncodedOrigin)(value - '0');
            }

            if (packet is [(byte)'>', >= (byte)'1' and <= (byte)'8' and var element, (byte)'<', ..])
            {
                return (SKEncodedOrigin)(element - '0');
            }
        }

        return null;
    }
}
