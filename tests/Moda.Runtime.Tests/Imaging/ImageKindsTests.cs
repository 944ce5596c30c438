using System.Diagnostics;
using Moda.Runtime.Imaging;
using Moda.Runtime.Media;
using Moda.Runtime.Tests.Media;
using Moda.Testing;
using SkiaSharp;
using Xunit;

namespace Moda.Runtime.Tests.Imaging;

/// <summary>Images as cameras, phones, browsers and broken downloads leave them.</summary>
public sealed class ImageKindsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    // In the scene red lies top left, the rest is black.
    [Theory]
    [InlineData(1, 0, 0)]
    [InlineData(2, 63, 0)]
    [InlineData(3, 63, 31)]
    [InlineData(4, 0, 31)]
    [InlineData(5, 0, 0)]
    [InlineData(6, 0, 63)]
    [InlineData(7, 31, 63)]
    [InlineData(8, 31, 0)]
    public void Orientation_in_png_is_applied(byte orientation, int storedX, int storedY)
    {
        (int width, int height) = orientation >= 5 ? (32, 64) : (64, 32);
        byte[] samples = new byte[width * height * 3];
        samples[(storedY * width + storedX) * 3] = 255;
        byte[] png = EncodedImages.Png(width, height, colourType: 2, bitDepth: 8, samples);

        foreach (byte[] file in (byte[][])
            [
                EncodedImages.WithChunk(png, "eXIf"u8, EncodedImages.Exif(orientation)),
                EncodedImages.WithChunk(png, "eXIf"u8, EncodedImages.Exif(orientation), atEnd: true),
                EncodedImages.WithChunk(png, "eXIf"u8, EncodedImages.LittleEndianExif(orientation)),
                EncodedImages.WithChunk(png, "eXIf"u8, [.. "Exif\0\0"u8, .. EncodedImages.Exif(orientation)]),
            ])
        {
            LoadedImage loaded = ImageFile.Decode(file, "turned.png");

            Assert.Equal((64, 32, 64, 32), (loaded.Width, loaded.Height, loaded.Image.Width, loaded.Image.Height));
            Assert.Equal([255, 0, 0, 0, 0, 0], loaded.Image.Pixels.AsSpan(0, 6).ToArray());
        }
    }

    [Theory]
    [InlineData(new byte[0])]
    [InlineData(new byte[] { 77, 77, 0, 42, 255, 255, 255, 255 })]
    [InlineData(new byte[] { 77, 77, 0, 42, 0, 0, 0, 8 })]
    [InlineData(new byte[] { 77, 77, 0, 42, 0, 0, 0, 8, 255, 255, 1, 18 })]
    [InlineData(new byte[] { 77, 77, 0, 42, 0, 0, 0, 8, 0, 1, 1, 18, 0, 3, 0, 0, 0, 1, 0, 9, 0, 0 })]
    public void Exif_that_is_damaged_turns_nothing(byte[] exif)
    {
        byte[] png = EncodedImages.WithChunk(EncodedImages.Png(32, 16, colourType: 0, bitDepth: 8, new byte[512]), "eXIf"u8, exif);

        Assert.Equal((32, 16), Size(ImageFile.Decode(png, "damaged.png").Image));
    }

    [Fact]
    public void Orientation_in_webp_is_applied()
    {
        using SKBitmap bitmap = new(new SKImageInfo(64, 32, SKColorType.Rgba8888, SKAlphaType.Opaque));
        bitmap.Erase(SKColors.Black);
        bitmap.SetPixel(0, 31, SKColors.Red);
        using SKPixmap pixels = bitmap.PeekPixels()!;
        using SKData webp = pixels.Encode(new SKWebpEncoderOptions(SKWebpEncoderCompression.Lossless, 100))!;

        RgbImage image = ImageFile.Decode(EncodedImages.WebPWithOrientation(webp.ToArray(), 64, 32, 6), "turned.webp").Image;

        Assert.Equal((32, 64), Size(image));
        Assert.Equal([255, 0, 0], image.Pixels.AsSpan(0, 3).ToArray());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Orientation_in_xmp_is_applied(bool isElement)
    {
        byte[] xmp = EncodedImages.Xmp("6", isElement);
        byte[] png = EncodedImages.Png(64, 32, colourType: 0, bitDepth: 8, new byte[64 * 32]);

        Assert.Equal((32, 64), Size(ImageFile.Decode(EncodedImages.PngWithXmp(png, xmp), "turned.png").Image));
        Assert.Equal((32, 64), Size(ImageFile.Decode(EncodedImages.JpegWithXmp(Encode(64, 32, ".jpg"), xmp), "turned.jpg").Image));
        Assert.Equal((32, 64), Size(ImageFile.Decode(EncodedImages.WebPWithXmp(EncodedImages.PlainWebP(64, 32), 64, 32, xmp), "turned.webp").Image));
    }

    [Fact]
    public void Orientation_in_exif_counts_before_that_in_xmp()
    {
        byte[] xmp = EncodedImages.Xmp("6");
        byte[] png = EncodedImages.Png(64, 32, colourType: 0, bitDepth: 8, new byte[64 * 32]);
        byte[] upright = EncodedImages.WithChunk(EncodedImages.PngWithXmp(png, xmp), "eXIf"u8, EncodedImages.Exif(1));

        Assert.Equal((64, 32), Size(ImageFile.Decode(upright, "upright.png").Image));
        Assert.Equal(
            (64, 32), Size(ImageFile.Decode(EncodedImages.WithOrientation(EncodedImages.JpegWithXmp(Encode(64, 32, ".jpg"), xmp), 1), "upright.jpg").Image));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("9")]
    [InlineData("62")]
    [InlineData("")]
    public void Xmp_that_is_damaged_turns_nothing(string orientation)
    {
        Assert.Null(XmpOrientation.Of(EncodedImages.Xmp(orientation)));
        Assert.Null(XmpOrientation.Of(EncodedImages.Xmp(orientation, isElement: true)));
        Assert.Null(XmpOrientation.Of("tiff:Orientation"u8));
    }

    [Theory]
    [InlineData(".png")]
    [InlineData(".jpg")]
    [InlineData(".webp")]
    [InlineData(".bmp")]
    [InlineData(".gif")]
    public void A_file_that_ends_early_gives_what_it_has_and_says_so(string ending)
    {
        RgbImage image = Noise(128, 128);
        byte[] bytes = Encode(image, ending);
        RgbImage whole = ImageFile.Decode(bytes, "whole" + ending).Image;

        LoadedImage cut = ImageFile.Decode(bytes.AsSpan(0, bytes.Length * 3 / 4), "cut" + ending);

        Assert.Equal((128, 128), Size(cut.Image));
        Assert.Contains("ends early", cut.Notice);
        int half = cut.Image.Stride * 64;
        Assert.True(ImageCase.Compare(whole.Pixels.AsSpan(0, half).ToArray(), cut.Image.Pixels.AsSpan(0, half).ToArray()).Decibels > 30);
        Assert.Null(ImageFile.Decode(bytes, "whole" + ending).Notice);
    }

    [Fact]
    public void A_progressive_jpeg_that_ends_after_its_first_scan_is_read()
    {
        byte[] jpeg = EncodedImages.ProgressiveJpeg();

        LoadedImage cut = ImageFile.Decode(jpeg.AsSpan(0, 172), "cut.jpg");

        Assert.Contains("ends early", cut.Notice);
        // Without the other scans, libjpeg smooths from square to square; their middles stay.
        RgbImage whole = ImageFile.Decode(jpeg, "whole.jpg").Image;
        for (int square = 0; square < 64; square++)
        {
            (int row, int column) = (square / 8, square % 8);
            int middle = (row * 8 + 4) * whole.Stride + (column * 8 + 4) * 3;
            Assert.Equal(40 + 20 * row + 3 * column, whole.Pixels[middle]);
            Assert.Equal(whole.Pixels[middle], cut.Image.Pixels[middle], 5.0);
        }
    }

    [Theory]
    [InlineData(".png")]
    [InlineData(".jpg")]
    [InlineData(".webp")]
    [InlineData(".bmp")]
    [InlineData(".gif")]
    public void A_file_that_ends_before_its_first_pixels_is_refused(string ending)
    {
        byte[] bytes = Encode(Noise(128, 128), ending);

        for (int length = 1; length < 64; length++)
        {
            ImageFileException error = Assert.Throws<ImageFileException>(() => ImageFile.Decode(bytes.AsSpan(0, length), "cut" + ending));
            Assert.Contains("cut" + ending, error.Message);
        }
    }

    [Theory]
    [InlineData(".png")]
    [InlineData(".jpg")]
    public void Display_p3_becomes_sRgb(string ending)
    {
        using SKColorSpace displayP3 = SKColorSpace.CreateRgb(SKColorSpaceTransferFn.Srgb, SKColorSpaceXyz.DisplayP3);
        using SKBitmap bitmap = new(new SKImageInfo(32, 32, SKColorType.Rgba8888, SKAlphaType.Opaque, displayP3));
        bitmap.GetPixelSpan().Fill(255);
        for (int i = 0; i < 32 * 32; i++)
        {
            ((ReadOnlySpan<byte>)[200, 100, 50]).CopyTo(bitmap.GetPixelSpan()[(i * 4)..]);
        }

        using SKPixmap pixels = bitmap.PeekPixels()!;
        using SKData file = ending == ".png" ? pixels.Encode(SKPngEncoderOptions.Default)! : pixels.Encode(new SKJpegEncoderOptions(100))!;

        byte[] first = ImageFile.Decode(file.AsSpan(), "p3" + ending).Image.Pixels[..3];

        // By CSS Color 4: P3 (200, 100, 50) is sRGB (214.9, 92.6, 31.0).
        Assert.Equal(214.9, first[0], 2.0);
        Assert.Equal(92.6, first[1], 2.0);
        Assert.Equal(31.0, first[2], 2.0);
    }

    [Theory]
    [InlineData(".png")]
    [InlineData(".jpg")]
    [InlineData(".bmp")]
    public void A_photograph_of_108_megapixels_is_read_at_a_half(string ending)
    {
        byte[] bytes = Encode(12_000, 9_000, ending);

        LoadedImage loaded = ImageFile.Decode(bytes, "large" + ending);

        Assert.Equal((12_000, 9_000, 2), (loaded.Width, loaded.Height, loaded.Shrink));
        Assert.Equal((6_000, 4_500), Size(loaded.Image));
        Assert.Contains("1/2", loaded.Notice);

        // White right of column 9000 and below row 3000: the corner of it stays where it is.
        Assert.True(loaded.Image.Row(1498)[4498 * 3] < 20 && loaded.Image.Row(1501)[4502 * 3] > 235);
        System.Numerics.Vector2 corner = loaded.FileToImage.Apply(new System.Numerics.Vector2(8999.5f, 2999.5f));
        Assert.Equal(new System.Numerics.Vector2(4499.5f, 1499.5f), corner);
    }

    [Fact]
    public async Task A_fifo_is_read_to_its_end()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no FIFOs.");
        string fifo = folder.File("fifo.png");
        using (Process made = Process.Start("mkfifo", [fifo]))
        {
            await made.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        RgbImage image = Noise(128, 128);
        byte[] png = Encode(image, ".png");
        Task writing = Task.Run(
            () =>
            {
                // In pieces, as pipes come.
                using FileStream stream = new(fifo, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
                for (int start = 0; start < png.Length; start += 1000)
                {
                    stream.Write(png.AsSpan(start, Math.Min(1000, png.Length - start)));
                    stream.Flush();
                }
            },
            TestContext.Current.CancellationToken);

        Assert.Equal(image.Pixels, ImageFile.Load(fifo).Pixels);
        await writing;
    }

    [Fact]
    public void A_device_that_never_ends_is_refused_at_its_start()
    {
        Assert.SkipUnless(File.Exists("/dev/zero"), "This system has no /dev/zero.");
        long start = Stopwatch.GetTimestamp();

        Assert.Contains("not an image", Assert.Throws<ImageFileException>(() => ImageFile.Load("/dev/zero")).Message);
        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(1));
    }

    [Theory]
    [InlineData("<!DOCTYPE html><html>", "web page")]
    [InlineData("<svg xmlns=\"http://www.w3.org/2000/svg\">", "SVG")]
    [InlineData("version https://git-lfs.github.com/spec/v1\n", "git lfs pull")]
    [InlineData("%PDF-1.7", "PDF")]
    [InlineData("\0\0\0\u0018ftypmp42\0\0\0\0", "video")]
    public void What_is_no_image_is_named(string text, string named)
    {
        string path = folder.File("named.png");
        File.WriteAllText(path, text);

        Assert.Contains(named, Assert.Throws<ImageFileException>(() => ImageFile.Load(path)).Message);
    }

    [Theory]
    [InlineData("tiff", ".tif")]
    [InlineData("libaom-av1", ".avif")]
    public async Task Tiff_and_avif_are_read_through_ffmpeg(string encoder, string ending)
    {
        Ffmpeg? ffmpeg = Ffmpeg.TryLocate();
        Assert.SkipWhen(ffmpeg is null, "There is no ffmpeg here.");
        string source = folder.File("source.png");
        string path = folder.File("converted" + ending);
        RgbImage image = Smooth(96, 64);
        ImageFile.Save(image, source);
        try
        {
            await ffmpeg.RunAsync(
                "making the image",
                ["-i", Ffmpeg.FileArgument(source), "-c:v", encoder, .. ending == ".avif" ? (string[])["-still-picture", "1"] : [], Ffmpeg.FileArgument(path)],
                cancellationToken: TestContext.Current.CancellationToken);
        }
        catch (FfmpegException error)
        {
            Assert.Skip($"This ffmpeg does not write {ending}: {error.StandardError}");
        }

        RgbImage read = ImageFile.Load(path);

        Assert.Equal((96, 64), Size(read));
        Assert.True(ImageCase.Compare(image.Pixels, read.Pixels).Decibels > 30);
    }

    [Fact]
    public void Orientation_of_tiff_is_applied()
    {
        Assert.SkipWhen(Ffmpeg.TryLocate() is null, "There is no ffmpeg here.");
        byte[] samples = new byte[32 * 16];
        samples[15 * 32] = 200;

        RgbImage image = ImageFile.Decode(GreyTiff(32, 16, samples, orientation: 6), "turned.tif").Image;

        Assert.Equal((16, 32), Size(image));
        Assert.Equal([200, 200, 200, 0, 0, 0], image.Pixels.AsSpan(0, 6).ToArray());
    }

    [Fact]
    public void Heic_that_ffmpeg_does_not_read_is_named()
    {
        byte[] heic = [0, 0, 0, 24, .. "ftypheic"u8, 0, 0, 0, 0, .. "mif1heic"u8, .. new byte[100]];

        string message = Assert.Throws<ImageFileException>(() => ImageFile.Decode(heic, "phone.heic")).Message;

        Assert.Contains("HEIC", message);
        Assert.Contains("JPEG or PNG", message);
    }

    [Fact]
    public void A_missing_native_library_is_named_with_its_place()
    {
        string problem = SkiaLibrary.MissingProblem("/somewhere");

        Assert.Contains(SkiaLibrary.FileName, problem);
        Assert.Contains("/somewhere", problem);
    }

    public void Dispose() => folder.Dispose();

    private static (int Width, int Height) Size(RgbImage image) => (image.Width, image.Height);

    private static RgbImage Noise(int width, int height)
    {
        RgbImage image = new(width, height);
        new Random(1).NextBytes(image.Pixels);
        return image;
    }

    private static RgbImage Smooth(int width, int height)
    {
        RgbImage image = new(width, height);
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                ((ReadOnlySpan<byte>)[(byte)(x * 2), (byte)(y * 3), (byte)(x + y)]).CopyTo(image.Row(y)[(x * 3)..]);
            }
        }

        return image;
    }

    private byte[] Encode(RgbImage image, string ending)
    {
        if (ending == ".bmp")
        {
            return EncodedImages.Bitmap(image.Width, image.Height, image.Pixels);
        }

        if (ending == ".gif")
        {
            return EncodedImages.Gif(image.Width, image.Height);
        }

        string path = folder.File("image" + ending);
        ImageFile.Save(image, path);
        return File.ReadAllBytes(path);
    }

    /// <summary>A black picture that is white right of three quarters of its width and below a third of its height.</summary>
    private static byte[] Encode(int width, int height, string ending)
    {
        byte[] grey = new byte[width * height];
        for (int y = height / 3; y < height; y++)
        {
            grey.AsSpan(y * width + width * 3 / 4, width / 4).Fill(255);
        }

        if (ending == ".png")
        {
            return EncodedImages.Png(width, height, colourType: 0, bitDepth: 8, grey);
        }

        if (ending == ".bmp")
        {
            byte[] colours = new byte[grey.Length * 3];
            for (int i = 0; i < grey.Length; i++)
            {
                colours.AsSpan(i * 3, 3).Fill(grey[i]);
            }

            return EncodedImages.Bitmap(width, height, colours);
        }

        using SKBitmap bitmap = new(new SKImageInfo(width, height, SKColorType.Gray8, SKAlphaType.Opaque));
        grey.CopyTo(bitmap.GetPixelSpan());
        using SKPixmap pixels = bitmap.PeekPixels()!;
        using SKData jpeg = pixels.Encode(new SKJpegEncoderOptions(95))!;
        return jpeg.ToArray();
    }

    /// <summary>An uncompressed grey TIFF in one strip, little-endian.</summary>
    private static byte[] GreyTiff(int width, int height, byte[] samples, ushort orientation)
    {
        (ushort Tag, ushort Type, int Value)[] entries =
        [
            (256, 3, width), (257, 3, height), (258, 3, 8), (259, 3, 1), (262, 3, 1), (273, 4, 8), (274, 3, orientation),
            (277, 3, 1), (278, 3, height), (279, 4, samples.Length),
        ];
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write("II*\0"u8);
        writer.Write(8 + samples.Length);
        writer.Write(samples);
        writer.Write((ushort)entries.Length);
        foreach ((ushort tag, ushort type, int value) in entries)
        {
            writer.Write(tag);
            writer.Write(type);
            writer.Write(1);
            writer.Write(value);
        }

        writer.Write(0);
        return stream.ToArray();
    }
}
