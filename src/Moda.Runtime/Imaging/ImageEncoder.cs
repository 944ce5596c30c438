using SkiaSharp;

namespace Moda.Runtime.Imaging;

/// <summary>Writes images of one size, one after another, and reuses one buffer.</summary>
internal sealed class ImageEncoder : IDisposable
{
    private readonly SKBitmap bitmap;
    private readonly int width;
    private readonly int height;

    public ImageEncoder(int width, int height)
    {
        this.width = width;
        this.height = height;
        bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque, colorspace: null));
    }

    /// <summary>Writes a file under a temporary name in the same folder, and renames it when it is complete.</summary>
    /// <param name="pixels">[height, width, 3].</param>
    /// <param name="path">The path of the file. Its extension chooses the format.</param>
    /// <param name="quality">1 .. 100, for JPEG and WebP.</param>
    /// <exception cref="ImageFileException">The extension is unknown, or the file cannot be written.</exception>
    public void Save(ReadOnlySpan<byte> pixels, string path, int quality = 95)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(pixels.Length, width * height * RgbImage.Channels, nameof(pixels));
        ArgumentOutOfRangeException.ThrowIfLessThan(quality, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(quality, 100);
        string partial = path + ".part";
        try
        {
            RgbaConversion.Expand(pixels, bitmap.GetPixelSpan(), alpha: 255);
            using SKPixmap pixmap = bitmap.PeekPixels();
            using SKData data = Encode(pixmap, path, quality)
                ?? throw new ImageFileException(path, "it could not be encoded.");
            using (FileStream file = File.Create(partial))
            {
                data.SaveTo(file);
            }
            File.Move(partial, path, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            TryDelete(partial);
            throw new ImageFileException(path, $"it could not be written: {error.Message}", error);
        }
    }

    public void Dispose() => bitmap.Dispose();

    private static SKData? Encode(SKPixmap pixmap, string path, int quality) =>
        Path.GetExtension(path).ToLowerInvariant() switch
        {
            // On a portrait these settings take half the time of Skia's defaults (all filters, level 6) and write a twelfth more bytes.
            ".png" => pixmap.Encode(new SKPngEncoderOptions(SKPngEncoderFilterFlags.Sub | SKPngEncoderFilterFlags.Up, zLibLevel: 1)),
            ".jpg" or ".jpeg" => pixmap.Encode(new SKJpegEncoderOptions(quality)),
            ".webp" => pixmap.Encode(new SKWebpEncoderOptions(SKWebpEncoderCompression.Lossy, quality)),
            string ending => throw new ImageFileException(path, $"images are written as .png, .jpg or .webp, not as '{ending}'."),
        };

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // An earlier error is being reported. The folder may have been removed too.
        }
    }
}
