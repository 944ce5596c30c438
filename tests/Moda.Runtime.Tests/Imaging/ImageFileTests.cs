using System.Buffers.Binary;
using Moda.Runtime.Imaging;
using Moda.Runtime.Tests.Media;
using Moda.Tests;
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

        RgbImage image = ImageFile.Decode(Png(32, 32, colourType: 6, bitDepth: 8, rgba), "transparent.png");

        Assert.Equal([255, 255, 255, 100, 100, 100, 224, 224, 224], image.Pixels.AsSpan(0, 9).ToArray());
    }

    [Fact]
    public void Grey_becomes_three_equal_channels()
    {
        byte[] grey = [.. Enumerable.Range(0, 32 * 32).Select(i => (byte)i)];

        RgbImage image = ImageFile.Decode(Png(32, 32, colourType: 0, bitDepth: 8, grey), "grey.png");

        Assert.Equal([0, 0, 0, 1, 1, 1, 2, 2, 2], image.Pixels.AsSpan(0, 9).ToArray());
    }

    [Fact]
    public void Samples_of_sixteen_bits_keep_their_upper_half()
    {
        byte[] samples = new byte[32 * 32 * 6];
        (samples[0], samples[2], samples[4]) = (0x12, 0x80, 0xFF);

        RgbImage image = ImageFile.Decode(Png(32, 32, colourType: 2, bitDepth: 16, samples), "deep.png");

        Assert.Equal(0x12, image.Pixels[0], 1.0);
        Assert.Equal(0x80, image.Pixels[1], 1.0);
        Assert.Equal(0xFF, image.Pixels[2], 1.0);
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

        RgbImage image = ImageFile.Decode(Convert.FromBase64String(Jpeg), "cyan.jpg");

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
        byte[] jpeg = WithOrientation(File.ReadAllBytes(path), orientation);

        RgbImage image = ImageFile.Decode(jpeg, "turned.jpg");

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
    [InlineData(".png")]
    [InlineData(".jpg")]
    [InlineData(".webp")]
    public void A_truncated_file_is_refused(string ending)
    {
        string path = folder.File("cut" + ending);
        ImageFile.Save(Noise(128, 128), path);
        byte[] bytes = File.ReadAllBytes(path);

        ImageFileException error = Assert.Throws<ImageFileException>(() => ImageFile.Decode(bytes.AsSpan(0, bytes.Length / 2), path));

        Assert.Contains("truncated", error.Message);
    }

    [Theory]
    [InlineData(1, 1, "too few")]
    [InlineData(15, 400, "too few")]
    [InlineData(20_000, 20_000, "too many")]
    public void Sizes_that_cannot_be_used_are_refused_before_decoding(int width, int height, string reason)
    {
        // The image data is that of a single byte: only the header can be at fault.
        byte[] png = Png(width, height, colourType: 0, bitDepth: 8, [0]);
        long before = GC.GetAllocatedBytesForCurrentThread();

        ImageFileException error = Assert.Throws<ImageFileException>(() => ImageFile.Decode(png, "sized.png"));

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

    private static RgbImage Noise(int width, int height)
    {
        RgbImage image = new(width, height);
        new Random(1).NextBytes(image.Pixels);
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

    /// <summary>Puts an EXIF segment with nothing but the orientation behind the start of a JPEG.</summary>
    private static byte[] WithOrientation(byte[] jpeg, byte orientation)
    {
        byte[] segment =
        [
            0xFF, 0xE1, 0, 34, .. "Exif\0\0"u8, .. "MM\0*"u8, 0, 0, 0, 8, 0, 1,
            0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0,
        ];
        return [.. jpeg.AsSpan(0, 2), .. segment, .. jpeg.AsSpan(2)];
    }

    /// <summary>A PNG of unfiltered rows; shorter data than the size asks for is left as it is.</summary>
    private static byte[] Png(int width, int height, byte colourType, byte bitDepth, byte[] samples)
    {
        byte[] header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9]) = (bitDepth, colourType);
        int stride = Math.Max(1, samples.Length / height);
        using MemoryStream data = new();
        using (System.IO.Compression.ZLibStream zlib = new(data, System.IO.Compression.CompressionLevel.Fastest, leaveOpen: true))
        {
            for (int start = 0; start < samples.Length; start += stride)
            {
                zlib.WriteByte(0);
                zlib.Write(samples, start, stride);
            }
        }
        return [0x89, .. "PNG\r\n\x1A\n"u8, .. Chunk("IHDR"u8, header), .. Chunk("IDAT"u8, data.ToArray()), .. Chunk("IEND"u8, [])];
    }

    private static byte[] Chunk(ReadOnlySpan<byte> type, byte[] content)
    {
        byte[] chunk = new byte[content.Length + 12];
        BinaryPrimitives.WriteInt32BigEndian(chunk, content.Length);
        type.CopyTo(chunk.AsSpan(4));
        content.CopyTo(chunk, 8);
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(chunk.Length - 4), Crc(chunk.AsSpan(4, content.Length + 4)));
        return chunk;
    }

    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in bytes)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xEDB88320u : crc >> 1;
            }
        }
        return ~crc;
    }
}
