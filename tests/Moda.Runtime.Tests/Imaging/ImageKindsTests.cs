using System.Diagnostics;
using Moda.Runtime.Imaging;
using Moda.Runtime.Processes;
using Moda.Runtime.Tests.Media;
using Moda.Testing;
using Moda.Testing.Imaging;
using SkiaSharp;
using Xunit;

namespace Moda.Runtime.Tests.Imaging;

/// <summary>Images as cameras, phones, browsers and broken downloads leave them.</summary>
public sealed class ImageKindsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    [Theory]
    [InlineData(".png")]
    [InlineData(".jpg")]
    [InlineData(".webp")]
    [InlineData(".bmp")]
    [InlineData(".gif")]
    public void A_file_that_ends_early_gives_what_it_has_and_says_so(string ending)
    {
        RgbImage image = TestImages.Noise(128, 128);
        byte[] bytes = Encode(image, ending);
        RgbImage whole = ImageFile.Read(bytes, "whole" + ending).Image;

        LoadedImage cut = ImageFile.Read(bytes.AsSpan(0, bytes.Length * 3 / 4), "cut" + ending);

        Assert.Equal((128, 128), TestImages.Size(cut.Image));
        Assert.Contains("ends early", cut.Notice);
        int half = cut.Image.Stride * 64;
        Assert.True(ImageCase.Compare(whole.Pixels.AsSpan(0, half).ToArray(), cut.Image.Pixels.AsSpan(0, half).ToArray()).Decibels > 30);
        Assert.Null(ImageFile.Read(bytes, "whole" + ending).Notice);
    }

    [Fact]
    public void A_progressive_jpeg_that_ends_after_its_first_scan_is_read()
    {
        byte[] jpeg = EncodedImages.ProgressiveJpeg();

        LoadedImage cut = ImageFile.Read(jpeg.AsSpan(0, 172), "cut.jpg");

        Assert.Contains("ends early", cut.Notice);
        // Without the other scans, libjpeg smooths from square to square; their middles stay.
        RgbImage whole = ImageFile.Read(jpeg, "whole.jpg").Image;
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
        byte[] bytes = Encode(TestImages.Noise(128, 128), ending);

        for (int length = 1; length < 64; length++)
        {
            ImageFileException error = Assert.Throws<ImageFileException>(() => ImageFile.Read(bytes.AsSpan(0, length), "cut" + ending));
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

        byte[] first = ImageFile.Read(file.AsSpan(), "p3" + ending).Image.Pixels[..3];

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
        byte[] bytes = TestImages.Corner(12_000, 9_000, ending);

        LoadedImage loaded = ImageFile.Read(bytes, "large" + ending);

        Assert.Equal((12_000, 9_000, 2), (loaded.Width, loaded.Height, loaded.Shrink));
        Assert.Equal((6_000, 4_500), TestImages.Size(loaded.Image));
        Assert.Contains("1/2", loaded.Notice);

        // White right of column 9000 and below row 3000: the corner of it stays where it is.
        Assert.True(loaded.Image.Row(1498)[4498 * 3] < 20 && loaded.Image.Row(1501)[4502 * 3] > 235);
        System.Numerics.Vector2 corner = loaded.FileToImage.Apply(new System.Numerics.Vector2(8999.5f, 2999.5f));
        Assert.Equal(new System.Numerics.Vector2(4499.5f, 1499.5f), corner);
    }

    [Fact]
    public async Task A_fifo_is_read_to_its_end()
    {
        string fifo = folder.File("fifo.png");
        await Fifo.CreateOrSkipAsync(fifo);
        RgbImage image = TestImages.Noise(128, 128);
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
        Ffmpeg ffmpeg = InstalledFfmpeg.Require();
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

        Assert.Equal((96, 64), TestImages.Size(read));
        Assert.True(ImageCase.Compare(image.Pixels, read.Pixels).Decibels > 30);
    }

    [Fact]
    public void Heic_that_ffmpeg_does_not_read_is_named()
    {
        byte[] heic = [0, 0, 0, 24, .. "ftypheic"u8, 0, 0, 0, 0, .. "mif1heic"u8, .. new byte[100]];

        string message = Assert.Throws<ImageFileException>(() => ImageFile.Read(heic, "phone.heic")).Message;

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
}
