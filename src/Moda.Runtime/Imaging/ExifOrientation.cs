using System.Buffers.Binary;
using SkiaSharp;

namespace Moda.Runtime.Imaging;

/// <summary>
/// The orientation that EXIF gives, where Skia does not read it: in PNG's <c>eXIf</c> chunk, and in TIFF, whose form EXIF has.
/// </summary>
internal static class ExifOrientation
{
    private const ushort OrientationTag = 0x0112;
    private const ushort ShortType = 3;
    private const int EntryLength = 12;

    /// <summary>PNG's signature.</summary>
    private const int PngStart = 8;

    /// <summary>The orientation of a PNG file: its first <c>eXIf</c> chunk, before or after the image data; top left where there is none.</summary>
    public static SKEncodedOrigin OfPng(ReadOnlySpan<byte> file)
    {
        // A chunk: 4 bytes of length, 4 of name, the content, 4 of checksum.
        for (int at = PngStart; at + 12 <= file.Length;)
        {
            uint length = BinaryPrimitives.ReadUInt32BigEndian(file[at..]);
            if (length > file.Length - at - 12)
            {
                break;
            }

            if (file.Slice(at + 4, 4).SequenceEqual("eXIf"u8))
            {
                return OfTiff(WithoutPrefix(file.Slice(at + 8, (int)length)));
            }

            at += 12 + (int)length;
        }

        return SKEncodedOrigin.TopLeft;
    }

    /// <summary>The orientation in the first directory of a TIFF file or an EXIF block; top left where there is none, or none that is valid.</summary>
    public static SKEncodedOrigin OfTiff(ReadOnlySpan<byte> tiff)
    {
        if (tiff.Length < 8)
        {
            return SKEncodedOrigin.TopLeft;
        }

        bool isBigEndian = tiff[0] == 'M';
        uint directory = ReadUInt32(tiff[4..], isBigEndian);
        if (directory > tiff.Length - 2)
        {
            return SKEncodedOrigin.TopLeft;
        }

        ReadOnlySpan<byte> entries = tiff[(int)directory..];
        int count = ReadUInt16(entries, isBigEndian);
        entries = entries[2..];
        for (int i = 0; i < count && entries.Length >= EntryLength; i++, entries = entries[EntryLength..])
        {
            if (ReadUInt16(entries, isBigEndian) == OrientationTag)
            {
                // Some programs write it as a long, which in big endian lies elsewhere.
                uint value = ReadUInt16(entries[2..], isBigEndian) == ShortType
                    ? ReadUInt16(entries[8..], isBigEndian)
                    : ReadUInt32(entries[8..], isBigEndian);
                return value is >= 1 and <= 8 ? (SKEncodedOrigin)value : SKEncodedOrigin.TopLeft;
            }
        }

        return SKEncodedOrigin.TopLeft;
    }

    // Some programs copy JPEG's prefix into the chunk.
    private static ReadOnlySpan<byte> WithoutPrefix(ReadOnlySpan<byte> exif) => exif.StartsWith("Exif\0\0"u8) ? exif[6..] : exif;

    private static ushort ReadUInt16(ReadOnlySpan<byte> bytes, bool isBigEndian) =>
        isBigEndian ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : BinaryPrimitives.ReadUInt16LittleEndian(bytes);

    private static uint ReadUInt32(ReadOnlySpan<byte> bytes, bool isBigEndian) =>
        isBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);
}
