using System.Buffers.Binary;
using SkiaSharp;

namespace Moda.Runtime.Imaging;

/// <summary>Reads the orientation from EXIF, which has the form of a TIFF file.</summary>
internal static class ExifOrientation
{
    private const ushort OrientationTag = 0x0112;
    private const ushort ShortType = 3;
    private const int EntryLength = 12;

    /// <summary>Reads the orientation from the first directory of a TIFF file or an EXIF block; null when it is missing or not valid.</summary>
    public static SKEncodedOrigin? OfTiff(ReadOnlySpan<byte> tiff)
    {
        if (tiff.Length < 8)
        {
            return null;
        }

        bool isBigEndian = tiff[0] == 'M';
        uint directory = ReadUInt32(tiff[4..], isBigEndian);
        if (directory > tiff.Length - 2)
        {
            return null;
        }

        ReadOnlySpan<byte> entries = tiff[(int)directory..];
        int count = ReadUInt16(entries, isBigEndian);
        entries = entries[2..];
        for (int i = 0; i < count && entries.Length >= EntryLength; i++, entries = entries[EntryLength..])
        {
            if (ReadUInt16(entries, isBigEndian) == OrientationTag)
            {
                // Some programs write the orientation as a 32-bit value. In big endian its low bytes have another position.
                uint value = ReadUInt16(entries[2..], isBigEndian) == ShortType
                    ? ReadUInt16(entries[8..], isBigEndian)
                    : ReadUInt32(entries[8..], isBigEndian);
                return value is >= 1 and <= 8 ? (SKEncodedOrigin)value : null;
            }
        }

        return null;
    }

    private static ushort ReadUInt16(ReadOnlySpan<byte> bytes, bool isBigEndian) =>
        isBigEndian ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : BinaryPrimitives.ReadUInt16LittleEndian(bytes);

    private static uint ReadUInt32(ReadOnlySpan<byte> bytes, bool isBigEndian) =>
        isBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);
}
