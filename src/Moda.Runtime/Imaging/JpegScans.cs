using System.Buffers.Binary;

namespace Moda.Runtime.Imaging;

/// <summary>The scans of a JPEG. Each scan covers the whole picture, even when it has few bytes.</summary>
/// <param name="Count">The number of scans.</param>
/// <param name="KeepWholePicture">
/// Whether the decoder keeps the coefficients of the whole picture, 2 bytes for each pixel and component. It does so for progressive files,
/// and for files that store their components one after another.
/// </param>
internal readonly record struct JpegScans(int Count, bool KeepWholePicture)
{
    private const byte StartOfImage = 0xD8;
    private const byte EndOfImage = 0xD9;
    private const byte StartOfScan = 0xDA;

    /// <summary>Counts the scans of a file, up to its end marker.</summary>
    /// <param name="file">The file's bytes. Counting stops at damage.</param>
    public static JpegScans Of(ReadOnlySpan<byte> file)
    {
        int count = 0;
        int components = 0;
        bool keepWhole = false;
        while (file.IndexOf((byte)0xFF) is >= 0 and int at && at + 1 < file.Length)
        {
            byte marker = file[at + 1];
            if (marker == EndOfImage)
            {
                break;
            }

            // Skips fill bytes, escaped bytes of coded data, and markers without a segment.
            if (marker is 0xFF or 0 or 1 or (>= 0xD0 and <= StartOfImage))
            {
                file = file[(at + (marker == 0xFF ? 1 : 2))..];
                continue;
            }

            ReadOnlySpan<byte> segment = file[(at + 2)..];
            int length = segment.Length < 2 ? 0 : BinaryPrimitives.ReadUInt16BigEndian(segment);
            if (length < 2 || length > segment.Length)
            {
                break;
            }

            if (IsFrame(marker) && length >= 8)
            {
                components = segment[7];
                // In baseline and extended frames (Huffman or arithmetic) a scan has all coefficients of a block. In all other frames they
                // are spread over several scans.
                keepWhole |= marker is not (0xC0 or 0xC1 or 0xC9);
            }
            else if (marker == StartOfScan && length >= 3)
            {
                count++;
                keepWhole |= segment[2] < components;
            }

            file = segment[length..];
        }

        return new JpegScans(count, keepWhole);
    }

    // The range of frame markers also contains the Huffman tables (C4), the arithmetic tables (CC), and a reserved marker (C8).
    private static bool IsFrame(byte marker) => marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC);
}
