using Moda.Runtime.Imaging;
using Moda.Runtime.Tests.Media;
using Moda.Testing.Imaging;
using SkiaSharp;
using Xunit;

namespace Moda.Runtime.Tests.Imaging;

/// <summary>Images are turned as EXIF, XMP or TIFF says.</summary>
public sealed class ImageOrientationTests
{
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
            LoadedImage loaded = ImageFile.Read(file, "turned.png");

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

        Assert.Equal((32, 16), TestImages.Size(ImageFile.Read(png, "damaged.png").Image));
    }

    [Fact]
    public void Orientation_in_webp_is_applied()
    {
        using SKBitmap bitmap = new(new SKImageInfo(64, 32, SKColorType.Rgba8888, SKAlphaType.Opaque));
        bitmap.Erase(SKColors.Black);
        bitmap.SetPixel(0, 31, SKColors.Red);
        using SKPixmap pixels = bitmap.PeekPixels()!;
        using SKData webp = pixels.Encode(new SKWebpEncoderOptions(SKWebpEncoderCompression.Lossless, 100))!;

        RgbImage image = ImageFile.Read(EncodedImages.WebPWithOrientation(webp.ToArray(), 64, 32, 6), "turned.webp").Image;

        Assert.Equal((32, 64), TestImages.Size(image));
        Assert.Equal([255, 0, 0], image.Pixels.AsSpan(0, 3).ToArray());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Orientation_in_xmp_is_applied(bool isElement)
    {
        byte[] xmp = EncodedImages.Xmp("6", isElement);
        byte[] png = EncodedImages.Png(64, 32, colourType: 0, bitDepth: 8, new byte[64 * 32]);

        Assert.Equal((32, 64), TestImages.Size(ImageFile.Read(EncodedImages.PngWithXmp(png, xmp), "turned.png").Image));
        Assert.Equal((32, 64), TestImages.Size(ImageFile.Read(EncodedImages.JpegWithXmp(TestImages.Corner(64, 32, ".jpg"), xmp), "turned.jpg").Image));
        Assert.Equal((32, 64), TestImages.Size(ImageFile.Read(EncodedImages.WebPWithXmp(EncodedImages.PlainWebP(64, 32), 64, 32, xmp), "turned.webp").Image));
    }

    [Fact]
    public void Orientation_in_exif_counts_before_that_in_xmp()
    {
        byte[] xmp = EncodedImages.Xmp("6");
        byte[] png = EncodedImages.Png(64, 32, colourType: 0, bitDepth: 8, new byte[64 * 32]);
        byte[] upright = EncodedImages.WithChunk(EncodedImages.PngWithXmp(png, xmp), "eXIf"u8, EncodedImages.Exif(1));

        Assert.Equal((64, 32), TestImages.Size(ImageFile.Read(upright, "upright.png").Image));
        Assert.Equal(
            (64, 32), TestImages.Size(ImageFile.Read(EncodedImages.WithOrientation(EncodedImages.JpegWithXmp(TestImages.Corner(64, 32, ".jpg"), xmp), 1), "upright.jpg").Image));
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

    [Fact]
    public void Orientation_of_tiff_is_applied()
    {
        InstalledFfmpeg.Require();
        byte[] samples = new byte[32 * 16];
        samples[15 * 32] = 200;

        RgbImage image = ImageFile.Read(GreyTiff(32, 16, samples, orientation: 6), "turned.tif").Image;

        Assert.Equal((16, 32), TestImages.Size(image));
        Assert.Equal([200, 200, 200, 0, 0, 0], image.Pixels.AsSpan(0, 6).ToArray());
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
