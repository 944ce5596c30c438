using Moda.Runtime.Files;

namespace Moda.Runtime.Imaging;

/// <summary>The format of an image file, recognised by its first bytes.</summary>
internal enum ImageFormat
{
    /// <summary>Portable Network Graphics.</summary>
    Png,

    /// <summary>JPEG (JFIF, Exif, Adobe).</summary>
    Jpeg,

    /// <summary>WebP.</summary>
    WebP,

    /// <summary>Windows bitmap.</summary>
    Bmp,

    /// <summary>GIF. The first frame is read.</summary>
    Gif,

    /// <summary>TIFF, read through ffmpeg.</summary>
    Tiff,

    /// <summary>HEIC, the format of iPhone photos; read through ffmpeg.</summary>
    Heic,

    /// <summary>AVIF; read through ffmpeg.</summary>
    Avif,
}

/// <summary>Recognises image formats, and describes files that are not images.</summary>
internal static class ImageFormats
{
    private const string Known = "PNG, JPEG, WebP, BMP and GIF can, and HEIC, AVIF and TIFF where ffmpeg is installed";

    /// <summary>Recognises the format of a file.</summary>
    /// <param name="start">The first <see cref="BoundedFile.StartLength"/> bytes, or fewer from a shorter file.</param>
    /// <param name="name">The name of the file in messages.</param>
    /// <exception cref="ImageFileException">
    /// The file is not a supported image. The message says what it is instead, if that can be recognised.
    /// </exception>
    public static ImageFormat Recognise(ReadOnlySpan<byte> start, string name)
    {
        if (start.IsEmpty)
        {
            throw new ImageFileException(name, "it is empty.");
        }

        if (start.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G']))
        {
            return ImageFormat.Png;
        }

        if (start.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8]))
        {
            return ImageFormat.Jpeg;
        }

        if (start.StartsWith("RIFF"u8) && At(start, 8, "WEBP"u8))
        {
            return ImageFormat.WebP;
        }

        if (start.StartsWith("GIF8"u8))
        {
            return ImageFormat.Gif;
        }

        if (start.StartsWith("BM"u8))
        {
            return ImageFormat.Bmp;
        }

        // The version of BigTIFF is 43 ('+').
        if (start.StartsWith("II*\0"u8) || start.StartsWith("MM\0*"u8) || start.StartsWith("II+\0"u8) || start.StartsWith("MM\0+"u8))
        {
            return ImageFormat.Tiff;
        }

        if (At(start, 4, "ftyp"u8) && HeifFormat(start) is { } heif)
        {
            return heif;
        }

        throw new ImageFileException(name, Foreign(start) is { } foreign
            ? $"it is {foreign}, not an image that can be read ({Known})."
            : $"it is not an image that can be read ({Known}).");
    }

    // Checks the major brand and the compatible brands, which have four letters each.
    private static ImageFormat? HeifFormat(ReadOnlySpan<byte> start)
    {
        ImageFormat? format = null;
        for (int at = 8; at + 4 <= start.Length; at += at == 8 ? 8 : 4)
        {
            ReadOnlySpan<byte> brand = start.Slice(at, 4);
            if (brand.SequenceEqual("avif"u8) || brand.SequenceEqual("avis"u8))
            {
                return ImageFormat.Avif;
            }

            if (brand.StartsWith("hei"u8) || brand.SequenceEqual("hevc"u8) || brand.SequenceEqual("hevx"u8) || brand.SequenceEqual("mif1"u8)
                || brand.SequenceEqual("msf1"u8))
            {
                format = ImageFormat.Heic;
            }
        }

        return format;
    }

    private static string? Foreign(ReadOnlySpan<byte> start)
    {
        if (start.StartsWith("version https://git-lfs"u8))
        {
            return "a Git LFS pointer, a text in the place of the file (run 'git lfs pull' in the clone)";
        }

        ReadOnlySpan<byte> text = start.StartsWith("\uFEFF"u8) ? start[3..] : start;
        return text.TrimStart(" \t\r\n"u8) switch
        {
            [(byte)'<', (byte)'s' or (byte)'S', (byte)'v' or (byte)'V', ..] or [(byte)'<', (byte)'?', (byte)'x', ..] => "an XML text (an SVG drawing?)",
            [(byte)'<', ..] => "a web page (HTML)",
            [(byte)'%', (byte)'P', (byte)'D', (byte)'F', ..] => "a PDF document",
            [0x1F, 0x8B, ..] => "packed with gzip",
            [(byte)'P', (byte)'K', 3, 4, ..] => "a ZIP archive or an office document",
            [(byte)'8', (byte)'B', (byte)'P', (byte)'S', ..] => "a Photoshop document",
            [0xFF, 0x0A, ..] => "a JPEG XL image",
            [0, 0, 0, 12, (byte)'J', (byte)'X', (byte)'L', ..] => "a JPEG XL image",
            [0, 0, 0, 12, (byte)'j', (byte)'P', ..] => "a JPEG 2000 image",
            _ => At(start, 4, "ftyp"u8) ? "a video" : null,
        };
    }

    private static bool At(ReadOnlySpan<byte> start, int offset, ReadOnlySpan<byte> text) =>
        start.Length >= offset + text.Length && start.Slice(offset, text.Length).SequenceEqual(text);
}
