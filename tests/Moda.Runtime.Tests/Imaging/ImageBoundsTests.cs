using System.Diagnostics;
using Moda.Runtime.Imaging;
using Moda.Testing.Imaging;
using SkiaSharp;
using Xunit;

namespace Moda.Runtime.Tests.Imaging;

/// <summary>Small files that ask for much work or memory.</summary>
public sealed class ImageBoundsTests
{
    [Fact]
    public void A_lossless_webp_of_few_bytes_and_too_many_pixels_is_refused_before_it_is_decoded()
    {
        long start = Stopwatch.GetTimestamp();

        Assert.Contains("16383 x 16384 pixels are too many", Problem(EncodedImages.PlainWebP(16383, 16384)));
        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(1));
        Assert.Equal((640, 480), TestImages.Size(ImageFile.Read(EncodedImages.PlainWebP(640, 480), "plain.webp").Image));
    }

    [Fact]
    public void Packed_texts_of_a_png_are_never_unpacked()
    {
        byte[] plain = EncodedImages.Png(64, 32, colourType: 0, bitDepth: 8, [.. Enumerable.Range(0, 64 * 32).Select(i => (byte)i)]);
        using var packed = new MemoryStream();
        using (var zlib = new System.IO.Compression.ZLibStream(packed, System.IO.Compression.CompressionLevel.SmallestSize, leaveOpen: true))
        {
            zlib.Write(new byte[7_900_000]);
        }

        byte[] texts = EncodedImages.PngWithXmp(plain, EncodedImages.Xmp("6"));
        for (int i = 0; i < 60; i++)
        {
            texts = EncodedImages.WithChunk(texts, "zTXt"u8, [.. "Comment\0\0"u8, .. packed.ToArray()], atEnd: i % 2 == 0);
        }

        long start = Stopwatch.GetTimestamp();
        LoadedImage loaded = ImageFile.Read(texts, "texts.png");

        // They would be 474 MB, and take seconds.
        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(1));
        Assert.Equal((32, 64), TestImages.Size(loaded.Image));
        Assert.Equal(plain, PngChunks.WithoutTexts(texts).ToArray());
        Assert.Equal(plain, PngChunks.WithoutTexts(plain).ToArray());
    }

    [Fact]
    public void A_progressive_jpeg_of_few_bytes_and_too_many_pixels_is_refused_before_it_is_decoded()
    {
        byte[] jpeg = EncodedImages.ProgressiveJpeg();
        int frame = jpeg.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xC2]);
        ((ReadOnlySpan<byte>)[0x40, 0, 0x40, 0]).CopyTo(jpeg.AsSpan(frame + 5));

        Assert.Contains("16384 x 16384 pixels are too many", Problem(jpeg));
    }

    [Fact]
    public void A_jpeg_of_more_scans_than_any_encoder_writes_is_refused()
    {
        byte[] jpeg = EncodedImages.ProgressiveJpeg();
        int last = jpeg.AsSpan().LastIndexOf((ReadOnlySpan<byte>)[0xFF, 0xDA]);
        byte[] scan = jpeg[last..^2];

        Assert.Contains("it has 1000 scans", Problem([.. jpeg[..^2], .. Enumerable.Repeat(scan, 1000 - JpegScans.Of(jpeg).Count).SelectMany(bytes => bytes), 0xFF, 0xD9]));
    }

    [Fact]
    public void Scans_are_counted_and_those_that_need_the_whole_picture_told()
    {
        byte[] plain = PlainJpeg();
        // As a picture of four components, of which the scan has three.
        byte[] apart = [.. plain];
        apart[apart.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xC0]) + 9] = 4;

        Assert.Equal(new JpegScans(1, KeepWholePicture: false), JpegScans.Of(plain));
        Assert.Equal(new JpegScans(1, KeepWholePicture: true), JpegScans.Of(apart));
        Assert.Equal(new JpegScans(2, KeepWholePicture: true), JpegScans.Of(EncodedImages.ProgressiveJpeg()));
        Assert.Equal(default, JpegScans.Of([0xFF, 0xD8, 0xFF]));
    }

    private static string Problem(byte[] file) => Assert.Throws<ImageFileException>(() => ImageFile.Read(file, "huge.image")).Message;

    private static byte[] PlainJpeg()
    {
        using SKBitmap bitmap = new(new SKImageInfo(64, 48, SKColorType.Rgba8888, SKAlphaType.Opaque));
        using SKPixmap pixels = bitmap.PeekPixels()!;
        using SKData jpeg = pixels.Encode(new SKJpegEncoderOptions(90))!;
        return jpeg.ToArray();
    }
}
