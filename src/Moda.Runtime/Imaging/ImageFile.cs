using Moda.Runtime.Files;

namespace Moda.Runtime.Imaging;

/// <summary>
/// Reads and writes image files. It reads PNG, JPEG (also grey and CMYK), WebP, BMP, GIF (the first frame), and through ffmpeg HEIC, AVIF
/// and TIFF, from files, pipes and FIFOs. It writes PNG, JPEG and WebP. Samples of 16 bits are reduced to 8.
/// </summary>
/// <remarks>
/// <para>
/// The orientation in EXIF, or in XMP when EXIF has none, is applied, as in the reference's loader. Colours are converted from the file's
/// profile (Display P3, Adobe RGB) to sRGB. Transparent images are composited over white. The reference drops alpha instead, which shows
/// the hidden colours of transparent pixels; opaque images give the same pixels in both.
/// </para>
/// <para>A truncated file of any format gives the part that is present.</para>
/// <para>
/// Reading uses memory for the file (at most <see cref="LargestFileLength"/>) and 7 bytes for each of at most <see
/// cref="LargestPixelCount"/> pixels. Larger pictures are read at a half, a quarter or an eighth of their size. JPEG and lossy WebP are
/// shrunk while they are decoded. Other files are decoded in full first: they may have up to twice as many pixels, and need 4 bytes for
/// each pixel (PNG, BMP, GIF, lossless WebP) or 2 for each component (progressive JPEG). The size, and the number of a JPEG's scans (at
/// most 100), are checked before anything is decoded.
/// </para>
/// </remarks>
public static class ImageFile
{
    /// <summary>The largest number of pixels of a loaded image (8192 x 8192). Larger files are read at a fraction of their size.</summary>
    public const long LargestPixelCount = 8192L * 8192;

    /// <summary>The largest number of pixels of a file (16384 x 16384). Files with more are refused before they are decoded.</summary>
    public const long LargestFilePixelCount = 4 * LargestPixelCount;

    /// <summary>The largest length of a file in bytes. Longer files are refused.</summary>
    public const int LargestFileLength = 1 << 28;

    /// <summary>The smallest side of an image in pixels. Smaller images are refused, because they cannot show a face.</summary>
    public const int SmallestSide = 16;

    /// <summary>Reads an image file, a pipe or a FIFO, as <see cref="Load"/> does.</summary>
    /// <param name="path">The path of the file.</param>
    /// <returns>The image, and details about how it was read.</returns>
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
    /// <param name="path">The path of the file.</param>
    /// <returns>The image, upright, in sRGB.</returns>
    /// <exception cref="ImageFileException">The file does not exist, is not an image, is damaged, or is too small or too large.</exception>
    public static RgbImage Load(string path) => Read(path).Image;

    /// <summary>Decodes an image file from memory.</summary>
    /// <param name="bytes">The file's bytes.</param>
    /// <param name="name">The name of the file in messages.</param>
    /// <returns>The image, upright, in sRGB.</returns>
    /// <exception cref="ImageFileException">The bytes are not an image, are damaged, or the image is too small or too large.</exception>
    public static RgbImage Decode(ReadOnlySpan<byte> bytes, string name) => Read(bytes, name).Image;

    /// <summary>Reads an image file from memory.</summary>
    /// <param name="bytes">The file's bytes.</param>
    /// <param name="name">The name of the file in messages.</param>
    /// <returns>The image, and details about how it was read.</returns>
    /// <inheritdoc cref="Decode(ReadOnlySpan{byte}, string)" path="/exception"/>
    internal static LoadedImage Read(ReadOnlySpan<byte> bytes, string name) =>
        Decode(bytes, ImageFormats.Recognise(bytes[..Math.Min(bytes.Length, BoundedFile.StartLength)], name), name);

    /// <summary>Writes an image file. An existing file is replaced only when the new one is complete.</summary>
    /// <param name="image">What to write.</param>
    /// <param name="path">The path of the file. Its extension chooses the format: .png, .jpg, .jpeg or .webp.</param>
    /// <param name="quality">1 .. 100, for JPEG and WebP.</param>
    /// <exception cref="ImageFileException">The extension is unknown, or the file cannot be written.</exception>
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
