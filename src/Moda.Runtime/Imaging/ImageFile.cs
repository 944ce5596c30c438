using SkiaSharp;

namespace Moda.Runtime.Imaging;

/// <summary>
/// Image files in and out. Read: PNG, JPEG (also grey and CMYK), WebP, BMP, GIF (its first frame); written: PNG, JPEG,
/// WebP. Samples of 16 bits are reduced to 8.
/// </summary>
/// <remarks>
/// <para>Orientation in EXIF is applied, as the reference's loader does. Colour profiles are not: values are taken as
/// stored. The reference drops alpha, which uncovers whatever colour a program left behind transparent pixels; here
/// transparency is composited over white, and an opaque image is read alike by both.</para>
/// <para>Memory while reading is bounded by 7 bytes for each of at most <see cref="LargestPixelCount"/> pixels, plus the
/// mapped file; the size is checked on the header, before anything is decoded.</para>
/// </remarks>
public static class ImageFile
{
    /// <summary>Images with more pixels than this (8192 x 8192) are refused before they are decoded.</summary>
    public const long LargestPixelCount = 8192L * 8192;

    /// <summary>Images with a side shorter than this are refused: there is no face in them.</summary>
    public const int SmallestSide = 16;

    /// <summary>Reads an image file.</summary>
    /// <param name="path">Its path.</param>
    /// <exception cref="ImageFileException">There is no such file, it is no image, is truncated, or too small or large.</exception>
    public static RgbImage Load(string path)
    {
        using SKData data = Map(path);
        return Decode(data, path);
    }

    /// <summary>Decodes an image file that is in memory.</summary>
    /// <param name="bytes">The file's bytes.</param>
    /// <param name="name">What stands for the file in messages.</param>
    /// <exception cref="ImageFileException">As in <see cref="Load"/>.</exception>
    public static RgbImage Decode(ReadOnlySpan<byte> bytes, string name)
    {
        using SKData data = SKData.CreateCopy(bytes);
        return Decode(data, name);
    }

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

    private static SKData Map(string path)
    {
        try
        {
            // Opening it the .NET way first tells a missing file from a forbidden one; Skia says neither.
            using (FileStream file = File.OpenRead(path))
            {
                if (file.Length == 0)
                {
                    throw new ImageFileException(path, "it is empty.");
                }
                return SKData.Create(path) ?? throw new ImageFileException(path, "it could not be read.");
            }
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ImageFileException(path, "there is no such file.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new ImageFileException(path, Directory.Exists(path) ? "it is a folder." : $"it could not be read: {error.Message}", error);
        }
    }

    private static RgbImage Decode(SKData data, string name)
    {
        using SKCodec codec = SKCodec.Create(data)
            ?? throw new ImageFileException(name, "it is not an image that can be read (PNG, JPEG, WebP, BMP and GIF can).");
        SKImageInfo stored = codec.Info;
        if (Math.Min(stored.Width, stored.Height) < SmallestSide)
        {
            throw new ImageFileException(name, $"{stored.Width} x {stored.Height} pixels are too few; each side needs {SmallestSide} or more.");
        }
        if ((long)stored.Width * stored.Height > LargestPixelCount)
        {
            throw new ImageFileException(
                name, $"{stored.Width} x {stored.Height} pixels are too many; at most {LargestPixelCount / 1_000_000} million are read. Scale it down first.");
        }

        // Without a colour space Skia hands the samples out as they are stored.
        SKImageInfo wanted = new(stored.Width, stored.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul, colorspace: null);
        byte[] rgba = GC.AllocateUninitializedArray<byte>(wanted.BytesSize);
        SKCodecResult result = DecodeInto(codec, wanted, rgba);
        if (result != SKCodecResult.Success)
        {
            throw new ImageFileException(name, result switch
            {
                SKCodecResult.IncompleteInput => "it is truncated; get the whole file again.",
                SKCodecResult.ErrorInInput => "it is damaged; get the file again.",
                _ => $"it could not be decoded ({result}).",
            });
        }
        RgbImage image = new(stored.Width, stored.Height);
        if (stored.AlphaType == SKAlphaType.Opaque)
        {
            RgbaConversion.Compact(rgba, image.Pixels);
        }
        else
        {
            RgbaConversion.CompositeOverWhite(rgba, image.Pixels);
        }
        return ImageOrientation.Upright(image, codec.EncodedOrigin);
    }

    private static unsafe SKCodecResult DecodeInto(SKCodec codec, SKImageInfo info, byte[] rgba)
    {
        fixed (byte* pixels = rgba)
        {
            return codec.GetPixels(info, (nint)pixels);
        }
    }
}
