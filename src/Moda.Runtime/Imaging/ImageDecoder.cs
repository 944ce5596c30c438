using System.Runtime.InteropServices;
using SkiaSharp;

namespace Moda.Runtime.Imaging;

/// <summary>
/// Decodes PNG, JPEG, WebP, BMP and GIF with Skia. The result is sRGB, composited over white, and upright. Very large images are shrunk.
/// </summary>
internal static class ImageDecoder
{
    /// <summary>
    /// The limit for formats that can only be decoded at full size before they are shrunk. PNG, BMP, GIF and lossless WebP need 4 bytes for
    /// each pixel, progressive JPEG 2 for each component.
    /// </summary>
    private const long LargestWholePixelCount = 2 * ImageFile.LargestPixelCount;

    /// <summary>The limit for the scans of a JPEG. Decoding a scan takes time for the whole picture. Encoders write about ten scans.</summary>
    private const int MostScans = 100;

    /// <summary>The largest factor by which libjpeg shrinks an image while decoding.</summary>
    private const int LargestJpegShrink = 8;

    /// <summary>Decodes an image file.</summary>
    /// <param name="file">Its bytes.</param>
    /// <param name="format">The format. Skia must support it.</param>
    /// <param name="name">The name of the file in messages.</param>
    /// <exception cref="ImageFileException">The file is damaged, shows nothing, or has an unusable size.</exception>
    public static LoadedImage Decode(ReadOnlySpan<byte> file, ImageFormat format, string name)
    {
        SkiaLibrary.Require(name);
        if (TryDecode(file, format, name, isClosed: false, out SKCodecResult result) is { } image)
        {
            return image;
        }

        // Skia decodes a truncated JPEG with all its scans up to the last byte only when an end marker follows.
        if (format == ImageFormat.Jpeg && TryDecode([.. file, 0xFF, 0xD9], format, name, isClosed: true, out _) is { } closed)
        {
            return closed;
        }

        throw new ImageFileException(name, result is SKCodecResult.ErrorInInput or SKCodecResult.InvalidInput or SKCodecResult.IncompleteInput
            ? "it is damaged; get the file again."
            : $"it could not be decoded ({result}).");
    }

    private static unsafe LoadedImage? TryDecode(ReadOnlySpan<byte> file, ImageFormat format, string name, bool isClosed, out SKCodecResult result)
    {
        ReadOnlySpan<byte> picture = format == ImageFormat.Png ? PngChunks.WithoutTexts(file) : file;
        fixed (byte* bytes = picture)
        {
            using SKData data = SKData.Create((nint)bytes, picture.Length);
            using SKCodec codec = SKCodec.Create(data)
                ?? throw new ImageFileException(name, "it is damaged, or ends before its picture begins; get the file again.");
            SKImageInfo stored = codec.Info;
            RequireUsableSize(stored, file, format, name);
            int shrink = ShrinkOf(stored.Width, stored.Height);
            bool scalesWhileDecoding = format is ImageFormat.Jpeg or ImageFormat.WebP;
            SKSizeI size = scalesWhileDecoding ? codec.GetScaledDimensions(1f / shrink) : new SKSizeI(stored.Width, stored.Height);

            // With a target colour space Skia converts from the file's colour profile. Without one it returns the stored samples.
            using SKColorSpace sRgb = SKColorSpace.CreateSrgb();
            var wanted = new SKImageInfo(
                size.Width, size.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul, IsAlikeSRgb(stored.ColorSpace, sRgb) ? null : sRgb);
            if (DecodeRgb(codec, wanted, format, stored.AlphaType == SKAlphaType.Opaque, scalesWhileDecoding ? 1 : shrink, out result) is not { } image)
            {
                return null;
            }

            bool endsEarly = isClosed || result == SKCodecResult.IncompleteInput;
            if (endsEarly && IsPlain(image))
            {
                throw new ImageFileException(name, "it is truncated: it ends before its first pixels. Get the whole file again.");
            }

            SKEncodedOrigin origin = OriginOf(file, format, codec.EncodedOrigin);
            image = ImageOrientation.Upright(image, origin);
            (int width, int height) = ImageOrientation.IsTransposed(origin) ? (stored.Height, stored.Width) : (stored.Width, stored.Height);
            return new LoadedImage(image, width, height, shrink, Notice(image, width, height, shrink, endsEarly));
        }
    }

    /// <summary>Decodes to RGB. Skia's pixels with four bytes are released before the method returns.</summary>
    /// <returns>Null when there is no picture, or when a truncated JPEG may show more with an end marker.</returns>
    private static unsafe RgbImage? DecodeRgb(SKCodec codec, SKImageInfo wanted, ImageFormat format, bool isOpaque, int shrink, out SKCodecResult result)
    {
        void* pixels = NativeMemory.AllocZeroed((nuint)wanted.BytesSize64);
        try
        {
            result = codec.GetPixels(wanted, (nint)pixels);
            return result == SKCodecResult.Success || (result == SKCodecResult.IncompleteInput && format != ImageFormat.Jpeg)
                ? ToRgb(new ReadOnlySpan<byte>(pixels, wanted.BytesSize), wanted.Width, wanted.Height, isOpaque, shrink)
                : null;
        }
        finally
        {
            NativeMemory.Free(pixels);
        }
    }

    // Skia reads the EXIF orientation of JPEG and WebP. XMP is used when EXIF has no orientation.
    private static SKEncodedOrigin OriginOf(ReadOnlySpan<byte> file, ImageFormat format, SKEncodedOrigin read)
    {
        if (read != SKEncodedOrigin.TopLeft)
        {
            return read;
        }

        ImageMetadata metadata = ImageMetadata.Of(file, format);
        return ExifOrientation.OfTiff(metadata.Exif) ?? XmpOrientation.Of(metadata.Xmp) ?? SKEncodedOrigin.TopLeft;
    }

    /// <summary>
    /// Whether samples are already sRGB. Many programs write a PNG's <c>gAMA</c> of 1/2.2 and mean sRGB; a conversion would change dark
    /// colours by some levels.
    /// </summary>
    private static bool IsAlikeSRgb(SKColorSpace? stored, SKColorSpace sRgb)
    {
        if (stored is null || stored.IsSrgb)
        {
            return true;
        }

        return stored.GetNumericalTransferFunction(out SKColorSpaceTransferFn curve) && Math.Abs(curve.G - 2.2f) < 0.01f && curve.A == 1 && curve.B == 0
            && stored.ToColorSpaceXyz(out SKColorSpaceXyz primaries) && sRgb.ToColorSpaceXyz(out SKColorSpaceXyz wanted)
            && Enumerable.Range(0, 9).All(i => Math.Abs(primaries[i % 3, i / 3] - wanted[i % 3, i / 3]) < 0.001f);
    }

    private static void RequireUsableSize(SKImageInfo stored, ReadOnlySpan<byte> file, ImageFormat format, string name)
    {
        if (Math.Min(stored.Width, stored.Height) < ImageFile.SmallestSide)
        {
            throw new ImageFileException(
                name, $"{stored.Width} x {stored.Height} pixels are too few; each side needs {ImageFile.SmallestSide} or more.");
        }

        JpegScans scans = format == ImageFormat.Jpeg ? JpegScans.Of(file) : default;
        if (scans.Count > MostScans)
        {
            throw new ImageFileException(name, $"it has {scans.Count} scans; at most {MostScans} are read. Save it again as a plain JPEG.");
        }

        bool isDecodedWhole = format switch
        {
            ImageFormat.Jpeg => scans.KeepWholePicture,
            // The names of chunks. They are rare in other data, and a false match only gives a stricter limit.
            ImageFormat.WebP => file.IndexOf("VP8L"u8) >= 0 || file.IndexOf("ALPH"u8) >= 0,
            _ => true,
        };
        long most = isDecodedWhole ? LargestWholePixelCount : ImageFile.LargestFilePixelCount;
        if ((long)stored.Width * stored.Height > most)
        {
            throw new ImageFileException(
                name, $"{stored.Width} x {stored.Height} pixels are too many; at most {most / 1_000_000} million are read from such a file. Scale it down first.");
        }
    }

    // The factor is a power of two, which every format that can scale supports.
    private static int ShrinkOf(int width, int height)
    {
        int shrink = 1;
        while ((long)(width / shrink) * (height / shrink) > ImageFile.LargestPixelCount && shrink < LargestJpegShrink)
        {
            shrink *= 2;
        }

        return shrink;
    }

    /// <summary>Converts RGBA to RGB over white. When the image is shrunk, each pixel is the mean of a square.</summary>
    private static RgbImage ToRgb(ReadOnlySpan<byte> rgba, int width, int height, bool isOpaque, int shrink)
    {
        var image = new RgbImage(width / shrink, height / shrink);
        if (shrink == 1)
        {
            Convert(rgba, image.Pixels);
            return image;
        }

        byte[] row = new byte[width * RgbImage.Channels];
        int[] sums = new int[image.Stride];
        for (int y = 0; y < image.Height; y++)
        {
            Array.Clear(sums);
            for (int line = 0; line < shrink; line++)
            {
                Convert(rgba.Slice((y * shrink + line) * width * 4, width * 4), row);
                for (int i = 0; i < sums.Length; i++)
                {
                    int first = i / RgbImage.Channels * shrink * RgbImage.Channels + i % RgbImage.Channels;
                    for (int column = 0; column < shrink; column++)
                    {
                        sums[i] += row[first + column * RgbImage.Channels];
                    }
                }
            }

            Span<byte> result = image.Row(y);
            int area = shrink * shrink;
            for (int i = 0; i < sums.Length; i++)
            {
                result[i] = (byte)((sums[i] + area / 2) / area);
            }
        }

        return image;

        void Convert(ReadOnlySpan<byte> from, Span<byte> to)
        {
            if (isOpaque)
            {
                RgbaConversion.Compact(from, to);
            }
            else
            {
                RgbaConversion.CompositeOverWhite(from, to);
            }
        }
    }

    private static bool IsPlain(RgbImage image)
    {
        ReadOnlySpan<byte> pixels = image.Pixels;
        // All pixels are equal when each byte equals the byte one pixel before it.
        return pixels[RgbImage.Channels..].SequenceEqual(pixels[..^RgbImage.Channels]);
    }

    private static string? Notice(RgbImage image, int width, int height, int shrink, bool endsEarly)
    {
        string? early = endsEarly ? "it ends early: what is there is shown, the rest is plain. Get the whole file for the whole picture." : null;
        string? fraction = shrink > 1 ? $"its {width} x {height} pixels are read at 1/{shrink}, {image.Width} x {image.Height}." : null;
        return early is null ? fraction : fraction is null ? early : $"{early} {char.ToUpperInvariant(fraction[0])}{fraction[1..]}";
    }
}
