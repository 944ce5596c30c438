using System.Buffers.Binary;

namespace Moda.Runtime.Imaging;

/// <summary>The EXIF and XMP blocks of PNG, JPEG and WebP files. They are empty when they are missing or cannot be found in a damaged file.</summary>
internal readonly ref struct ImageMetadata
{
    private ImageMetadata(ReadOnlySpan<byte> exif, ReadOnlySpan<byte> xmp)
    {
        Exif = exif;
        Xmp = xmp;
    }

    /// <summary>The EXIF block, in the form of a TIFF file.</summary>
    public ReadOnlySpan<byte> Exif { get; }

    /// <summary>
    /// The XMP block, an XML text. A PNG's block is read only when it is not compressed; the XMP standard advises against compression.
    /// </summary>
    public ReadOnlySpan<byte> Xmp { get; }

    private static ReadOnlySpan<byte> ExifPrefix => "Exif\0\0"u8;

    /// <summary>Finds the first block of each kind.</summary>
    /// <param name="file">The file's bytes.</param>
    /// <param name="format">The file's format. For other formats both blocks are empty.</param>
    public static ImageMetadata Of(ReadOnlySpan<byte> file, ImageFormat format) => format switch
    {
        ImageFormat.Png => OfPng(file),
        ImageFormat.Jpeg => OfJpeg(file),
        ImageFormat.WebP => OfWebP(file),
        _ => default,
    };

    private static ImageMetadata OfPng(ReadOnlySpan<byte> file)
    {
        // The keyword, its end, and two zeros: no compression, and the unused compression method.
        ReadOnlySpan<byte> keyword = "XML:com.adobe.xmp\0\0\0"u8;
        ReadOnlySpan<byte> exif = default;
        ReadOnlySpan<byte> xmp = default;
        var chunks = new PngChunks(file);
        while (chunks.MoveNext())
        {
            if (exif.IsEmpty && chunks.Name.SequenceEqual("eXIf"u8))
            {
                exif = chunks.Content;
            }
            else if (xmp.IsEmpty && chunks.Name.SequenceEqual("iTXt"u8) && chunks.Content.StartsWith(keyword))
            {
                xmp = chunks.Content[keyword.Length..];
            }
        }

        return new ImageMetadata(WithoutPrefix(exif), xmp);
    }

    private static ImageMetadata OfJpeg(ReadOnlySpan<byte> file)
    {
        const byte Application1 = 0xE1;
        const byte StartOfScan = 0xDA;
        ReadOnlySpan<byte> prefix = "http://ns.adobe.com/xap/1.0/\0"u8;
        ReadOnlySpan<byte> exif = default;
        ReadOnlySpan<byte> xmp = default;
        // A segment has a marker of 2 bytes, a length of 2 bytes that includes itself, and the content.
        for (ReadOnlySpan<byte> rest = file[Math.Min(2, file.Length)..]; rest is [0xFF, not StartOfScan and var marker, _, _, ..];)
        {
            int length = BinaryPrimitives.ReadUInt16BigEndian(rest[2..]);
            if (length < 2 || length > rest.Length - 2)
            {
                break;
            }

            ReadOnlySpan<byte> content = rest.Slice(4, length - 2);
            if (marker == Application1 && exif.IsEmpty && content.StartsWith(ExifPrefix))
            {
                exif = WithoutPrefix(content);
            }
            else if (marker == Application1 && xmp.IsEmpty && content.StartsWith(prefix))
            {
                xmp = content[prefix.Length..];
            }

            rest = rest[(2 + length)..];
        }

        return new ImageMetadata(exif, xmp);
    }

    private static ImageMetadata OfWebP(ReadOnlySpan<byte> file)
    {
        const int HeadLength = 12;
        ReadOnlySpan<byte> exif = default;
        ReadOnlySpan<byte> xmp = default;
        // A chunk has a name of 4 bytes, a length of 4 bytes, the content, and a padding byte when the length is odd.
        for (ReadOnlySpan<byte> rest = file[Math.Min(HeadLength, file.Length)..]; rest.Length >= 8;)
        {
            uint length = BinaryPrimitives.ReadUInt32LittleEndian(rest[4..]);
            if (length > rest.Length - 8)
            {
                break;
            }

            ReadOnlySpan<byte> content = rest.Slice(8, (int)length);
            if (exif.IsEmpty && rest.StartsWith("EXIF"u8))
            {
                exif = content;
            }
            else if (xmp.IsEmpty && rest.StartsWith("XMP "u8))
            {
                xmp = content;
            }

            rest = rest[Math.Min(8 + (int)length + (int)(length & 1), rest.Length)..];
        }

        return new ImageMetadata(WithoutPrefix(exif), xmp);
    }

    // Some programs copy the prefix of JPEG's EXIF block into other formats.
    private static ReadOnlySpan<byte> WithoutPrefix(ReadOnlySpan<byte> exif) => exif.StartsWith(ExifPrefix) ? exif[ExifPrefix.Length..] : exif;
}
