using Moda.Runtime.Files;

namespace Moda.Runtime.Imaging;

/// <summary>
/// Image files in and out. Read: PNG, JPEG (also grey and CMYK), WebP, BMP, GIF (its first frame), and through ffmpeg
/// HEIC, AVIF and TIFF; from files, pipes and FIFOs. Written: PNG, JPEG, WebP. Samples of 16 bits are reduced to 8.
/// </summary>
/// <remarks>
/// <para>Orientation in EXIF, or in XMP where EXIF has none, is applied, as the reference's loader does, and colours are converted from the profile that
/// the file carries (Display P3, Adobe RGB) to sRGB. The reference drops alpha, which uncovers whatever colour a program
/// left behind transparent pixels; here transparency is composited over white, and an opaque image is read alike by
/// both.</para>
/// <para>A file that ends early gives what it has, whatever its format.</para>
/// <para>Memory while reading is bounded by the file (at most <see cref="LargestFileLength"/>) and 7 bytes for each of at
/// most <see cref="LargestPixelCount"/> pixels. Larger pictures are read at a half, a quarter or an eighth: JPEG and lossy
/// WebP while they are decoded; what is decoded whole has up to twice as many pixels and takes 4 bytes for each of them
/// meanwhile (PNG, BMP, GIF, lossless WebP), or 2 for each component (progressive JPEG). The size is checked on the header,
/// before anything is decoded, as is the number of a JPEG's scans, at most 100.</para>
/// </remarks>
public static class ImageFile
{
    /// <summary>Images never have more pixels than this (8192 x 8192): larger ones are read at a fraction.</summary>
    public const long LargestPixelCount = 8192L * 8192;

    /// <summary>Files with more pixels than this (16384 x 16384) are refused before they are decoded.</summary>
    public const long LargestFilePixelCount = 4 * LargestPixelCount;

    /// <summary>Files with more bytes than this are refused.</summary>
    public const int LargestFileLength = 1 << 28;

    /// <summary>Images with a side shorter than this are refused: there is no face in them.</summary>
    public const int SmallestSide = 16;

    /// <summary>Reads an image file, a pipe or a FIFO, as <see cref="Load"/> does.</summary>
    /// <param name="path">Its path.</param>
    /// <returns>The image, and what there is to know about how it was read.</returns>
    /// <inheritdoc cref="Load" path="/exception"/>
    internal static LoadedImage Read(string path)
    {
        ImageFormat format = default;
        byte[]? bytes;
        try
        {
            bytes = BoundedFile.Read(path, LargestFileLength, start => format = ImageFormats.Recognise(start.Span, path));
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ImageFileException(path, "there is no such file.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new ImageFileException(path, Directory.Exists(path) ? "it is a folder." : $"it could not be read: {error.Message}", error);
        }

        return bytes is null
            ? throw new ImageFileException(path, $"it has more than {LargestFileLength >> 20} MiB. Scale it down, or save it as JPEG.")
            : Decode(bytes, format, path);
    }

    /// <summary>Reads an image file, a pipe or a FIFO.</summary>
    /// <param name="path">Its path.</param>
    /// <returns>The image, upright, in sRGB.</returns>
    /// <exception cref="ImageFileException">There is no such file, it is no image, is damaged, or too small or large.</exception>
    public static RgbImage Load(string path) => Read(path).Image;

    /// <summary>Decodes an image file that is in memory.</summary>
    /// <param name="bytes">The file's bytes.</param>
    /// <param name="name">What stands for the file in messages.</param>
    /// <returns>The image, upright, in sRGB.</returns>
    /// <exception cref="ImageFileException">It is no image, is damaged, or too small or large.</exception>
    public static RgbImage Decode(ReadOnlySpan<byte> bytes, string name) => Read(bytes, name).Image;

    /// <summary>Reads an image file that is in memory.</summary>
    /// <param name="bytes">The file's bytes.</param>
    /// <param name="name">What stands for the file in messages.</param>
    /// <returns>The image, and what there is to know about how it was read.</returns>
    /// <inheritdoc cref="Decode(ReadOnlySpan{byte}, string)" path="/exception"/>
    internal static LoadedImage Read(ReadOnlySpan<byte> bytes, string name) =>
        Decode(bytes, ImageFormats.Recognise(bytes[..Math.Min(bytes.Length, BoundedFile.StartLength)], name), name);

    /// <summary>Writes an image file; a file that is there is replaced only when the new one is complete.</summary>
    /// <param name="image">What to write.</param>
    /// <param name="path">Its path; the ending chooses the format: .png, .jpg, .jpeg or .webp.</param>
    /// <param name="quality">1 .. 100, for JPEG and WebP.</param>
    /// <exception cref="ImageFileException">The ending is unknown or the file cannot be written.</exception>
    public static void Save(RgbImage image, string path, int quality = 95)
    {
        using ImageEncoder encoder = new(image.Width, image.Height);
        encoder.Save(image.Pixels, path, quality);
    }

    private static LoadedImage Decode(ReadOnlySpan<byte> bytes, ImageFormat format, string name) =>
        format is ImageFormat.Tiff or ImageFormat.Heic or ImageFormat.Avif
            ? ImageConverter.Decode(bytes, format, name)
            : ImageDecoder.Decode(bytes, format, name);
}
