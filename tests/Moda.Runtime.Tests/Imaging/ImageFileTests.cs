using Moda.Runtime.Imaging;
using Moda.Testing;
using Moda.Testing.Imaging;
using SkiaSharp;
using Xunit;

namespace Moda.Runtime.Tests.Imaging;

public sealed class ImageFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    [Fact]
    public void The_bundled_portrait_is_read_as_the_reference_reads_it()
    {
        using ImageCase reference = new("e2e.tiny");

        RgbImage image = ImageFile.Load(TestData.Path("assets", "portrait.png"));

        Assert.Equal((512, 512), (image.Width, image.Height));
        Assert.Equal(reference.Bytes("input.image"), image.Pixels);
    }

    [Theory]
    [InlineData(".png", double.PositiveInfinity)]
    [InlineData(".jpg", 38)]
    [InlineData(".webp", 38)]
    public void What_was_saved_is_read_back(string ending, double decibels)
    {
        RgbImage image = Gradient(61, 47);
        string path = folder.File("image" + ending);

        ImageFile.Save(image, path);
        RgbImage loaded = ImageFile.Load(path);

        Assert.Equal((61, 47), (loaded.Width, loaded.Height));
        Assert.True(ImageCase.Compare(image.Pixels, loaded.Pixels).Decibels >= decibels);
        Assert.Equal([path], Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void Transparency_is_composited_over_white()
    {
        byte[] rgba = new byte[32 * 32 * 4];
        rgba.AsSpan().Fill(100);
        rgba[3] = 0;
        rgba[7] = 255;
        rgba[11] = 51;

        RgbImage image = ImageFile.Read(EncodedImages.Png(32, 32, colourType: 6, bitDepth: 8, rgba), "transparent.png").Image;

        Assert.Equal([255, 255, 255, 100, 100, 100, 224, 224, 224], image.Pixels.AsSpan(0, 9).ToArray());
    }

    [Fact]
    public void Grey_becomes_three_equal_channels()
    {
        byte[] grey = [.. Enumerable.Range(0, 32 * 32).Select(i => (byte)i)];

        RgbImage image = ImageFile.Read(EncodedImages.Png(32, 32, colourType: 0, bitDepth: 8, grey), "grey.png").Image;

        Assert.Equal([0, 0, 0, 1, 1, 1, 2, 2, 2], image.Pixels.AsSpan(0, 9).ToArray());
    }

    [Fact]
    public void Samples_of_sixteen_bits_keep_their_upper_half()
    {
        byte[] samples = new byte[32 * 32 * 6];
        (samples[0], samples[2], samples[4]) = (0x12, 0x80, 0xFF);

        RgbImage image = ImageFile.Read(EncodedImages.Png(32, 32, colourType: 2, bitDepth: 16, samples), "deep.png").Image;

        Assert.Equal(0x12, image.Pixels[0], 1.0);
        Assert.Equal(0x80, image.Pixels[1], 1.0);
        Assert.Equal(0xFF, image.Pixels[2], 1.0);
    }

    // Grey 100 of full, of half and of no alpha; an opaque one of 16 bits has the same upper halves.
    [Theory]
    [InlineData(4, 8, new byte[] { 100, 255, 100, 128, 100, 0 }, new byte[] { 100, 177, 255 })]
    [InlineData(4, 16, new byte[] { 100, 100, 255, 255, 100, 100, 128, 128, 100, 100, 0, 0 }, new byte[] { 100, 177, 255 })]
    [InlineData(0, 16, new byte[] { 100, 100, 7, 7, 255, 255 }, new byte[] { 100, 7, 255 })]
    public void Grey_may_have_alpha_and_sixteen_bits(byte colourType, byte bitDepth, byte[] first, byte[] expected)
    {
        byte[] samples = new byte[32 * 32 * first.Length / 3];
        first.CopyTo(samples, 0);

        RgbImage image = ImageFile.Read(EncodedImages.Png(32, 32, colourType, bitDepth, samples), "grey.png").Image;

        for (int pixel = 0; pixel < expected.Length; pixel++)
        {
            Assert.All(image.Pixels.AsSpan(pixel * 3, 3).ToArray(), value => Assert.Equal(expected[pixel], value, 1.0));
        }
    }

    [Fact]
    public void Transparency_of_webp_is_composited_over_white()
    {
        using SKBitmap bitmap = new(new SKImageInfo(32, 32, SKColorType.Rgba8888, SKAlphaType.Unpremul));
        bitmap.Erase(new SKColor(200, 100, 0, 255));
        bitmap.SetPixel(1, 0, new SKColor(200, 100, 0, 51));
        using SKPixmap pixels = bitmap.PeekPixels()!;
        using SKData webp = pixels.Encode(new SKWebpEncoderOptions(SKWebpEncoderCompression.Lossless, 100))!;

        RgbImage image = ImageFile.Read(webp.AsSpan(), "transparent.webp").Image;

        Assert.Equal([200, 100, 0, 244, 224, 204], image.Pixels.AsSpan(0, 6).ToArray());
    }

    [Fact]
    public void The_four_inks_of_a_jpeg_become_colours()
    {
        // 16 x 16 pixels of pure cyan, written by Pillow.
        const string Jpeg =
            "/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwADAgIDAgIDAwMDBAMDBAUIBQUEBAUKBwcGCAwKDAwLCgsLDQ4SEA0OEQ4LCxAWEBETFBUVFQwPFxgWFB" +
            "gSFBUU/8AAFAgAEAAQBEMRAE0RAFkRAEsRAP/EAB8AAAEFAQEBAQEBAAAAAAAAAAABAgMEBQYHCAkKC//EALUQAAIBAwMCBAMFBQQEAAABfQEC" +
            "AwAEEQUSITFBBhNRYQcicRQygZGhCCNCscEVUtHwJDNicoIJChYXGBkaJSYnKCkqNDU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dX" +
            "Z3eHl6g4SFhoeIiYqSk5SVlpeYmZqio6Slpqeoqaqys7S1tre4ubrCw8TFxsfIycrS09TV1tfY2drh4uPk5ebn6Onq8fLz9PX29/j5+v/aAA4E" +
            "QwBNAFkASwAAPwD8qq/VOv1Tr9U6KKKKKKKKKKKK/9k=";

        RgbImage image = ImageFile.Read(Convert.FromBase64String(Jpeg), "cyan.jpg").Image;

        Assert.Equal([0, 255, 255], image.Pixels.AsSpan(0, 3).ToArray());
    }

    // In the scene red lies top left, green top right, blue bottom left, black bottom right.
    [Theory]
    [InlineData(1, "RGBK")]
    [InlineData(2, "GRKB")]
    [InlineData(3, "KBGR")]
    [InlineData(4, "BKRG")]
    [InlineData(5, "RBGK")]
    [InlineData(6, "GKRB")]
    [InlineData(7, "KGBR")]
    [InlineData(8, "BRKG")]
    public void Orientation_in_exif_is_applied(byte orientation, string stored)
    {
        bool transposed = orientation >= 5;
        RgbImage quarters = Quarters(stored, transposed ? 32 : 64, transposed ? 64 : 32);
        string path = folder.File("turned.jpg");
        ImageFile.Save(quarters, path, quality: 100);
        byte[] jpeg = EncodedImages.WithOrientation(File.ReadAllBytes(path), orientation);

        RgbImage image = ImageFile.Read(jpeg, "turned.jpg").Image;

        Assert.Equal((64, 32), (image.Width, image.Height));
        Assert.Equal("RGBK", string.Concat(Colour(image, 16, 8), Colour(image, 48, 8), Colour(image, 16, 24), Colour(image, 48, 24)));
    }

    [Fact]
    public void A_missing_file_a_folder_and_a_text_are_told_apart()
    {
        string text = folder.File("text.png");
        File.WriteAllText(text, "no image");
        string empty = folder.File("empty.png");
        File.WriteAllBytes(empty, []);

        Assert.Contains("no such file", Assert.Throws<ImageFileException>(() => ImageFile.Load(folder.File("absent.png"))).Message);
        Assert.Contains("no such file", Assert.Throws<ImageFileException>(() => ImageFile.Load(folder.File("absent/absent.png"))).Message);
        Assert.Contains("folder", Assert.Throws<ImageFileException>(() => ImageFile.Load(folder.Path)).Message);
        Assert.Contains("not an image", Assert.Throws<ImageFileException>(() => ImageFile.Load(text)).Message);
        Assert.Contains("empty", Assert.Throws<ImageFileException>(() => ImageFile.Load(empty)).Message);
    }

    [Theory]
    [InlineData(1, 1, "too few")]
    [InlineData(15, 400, "too few")]
    [InlineData(20_000, 20_000, "too many")]
    public void Sizes_that_cannot_be_used_are_refused_before_decoding(int width, int height, string reason)
    {
        // The image data is that of a single byte: only the header can be at fault.
        byte[] png = EncodedImages.Png(width, height, colourType: 0, bitDepth: 8, [0]);
        long before = GC.GetAllocatedBytesForCurrentThread();

        ImageFileException error = Assert.Throws<ImageFileException>(() => ImageFile.Read(png, "sized.png"));

        Assert.Contains(reason, error.Message);
        Assert.Contains($"{width} x {height}", error.Message);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1_000_000);
    }

    [Fact]
    public void Saving_where_nothing_can_be_written_says_so()
    {
        Assert.Contains("absent", Assert.Throws<ImageFileException>(() => ImageFile.Save(Gradient(32, 32), folder.File("absent/a.png"))).Message);
        Assert.Contains(".tiff", Assert.Throws<ImageFileException>(() => ImageFile.Save(Gradient(32, 32), folder.File("a.tiff"))).Message);
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(64)]
    [InlineData(101)]
    public void Three_and_four_bytes_a_pixel_are_converted_at_every_length(int pixels)
    {
        byte[] rgb = new byte[pixels * 3];
        new Random(pixels).NextBytes(rgb);
        byte[] rgba = new byte[pixels * 4];
        byte[] back = new byte[rgb.Length];

        RgbaConversion.Expand(rgb, rgba, alpha: 7);
        RgbaConversion.Compact(rgba, back);

        Assert.Equal(rgb, back);
        Assert.All(Enumerable.Range(0, pixels), i => Assert.Equal(7, rgba[i * 4 + 3]));
        RgbaConversion.Expand(new byte[rgb.Length], rgba, alpha: 9);
        RgbaConversion.ExpandKeepingAlpha(rgb, rgba);
        RgbaConversion.Compact(rgba, back);
        Assert.Equal(rgb, back);
        Assert.All(Enumerable.Range(0, pixels), i => Assert.Equal(9, rgba[i * 4 + 3]));
    }

    public void Dispose() => folder.Dispose();

    private static RgbImage Gradient(int width, int height)
    {
        RgbImage image = new(width, height);
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                image.Row(y)[x * 3] = (byte)(x * 4);
                image.Row(y)[x * 3 + 1] = (byte)(y * 4);
                image.Row(y)[x * 3 + 2] = (byte)(x + y);
            }
        }
        return image;
    }

    private static RgbImage Quarters(string colours, int width, int height)
    {
        RgbImage image = new(width, height);
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                int channel = "RGB".IndexOf(colours[(y < height / 2 ? 0 : 2) + (x < width / 2 ? 0 : 1)]);
                if (channel >= 0)
                {
                    image.Row(y)[x * 3 + channel] = 255;
                }
            }
        }
        return image;
    }

    private static char Colour(RgbImage image, int x, int y)
    {
        byte[] pixel = image.Row(y).Slice(x * 3, 3).ToArray();
        return pixel.Max() < 100 ? 'K' : "RGB"[Array.IndexOf(pixel, pixel.Max())];
    }
}
