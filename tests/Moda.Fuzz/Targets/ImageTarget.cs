using Moda.Fuzz.Mutations;
using Moda.Runtime.Imaging;
using Moda.Testing.Imaging;
using SkiaSharp;

namespace Moda.Fuzz.Targets;

/// <summary>Pictures of every format that is decoded here.</summary>
internal sealed class ImageTarget : IFuzzTarget
{
    private const int Width = 48;
    private const int Height = 32;

    /// <summary>Managed bytes for each pixel of a picture: it, and it turned.</summary>
    private const int BytesForEachPixel = 2 * RgbImage.Channels;

    /// <summary>Managed bytes that a picture costs whatever its size.</summary>
    private const int FixedBytes = 1 << 20;

    public string Name => "image";

    public string FileName => "picture.image";

    public IReadOnlyList<byte[]> Seeds { get; } = [.. Pngs(), .. Jpegs(), .. WebPs(), EncodedImages.Bitmap(Width, Height, Noise(3)), EncodedImages.Gif(Width, Height)];

    public byte[] Mutate(Random random, byte[] original) => random.Chance(0.15) || FormOf(original) is not { } form
        ? ByteMutation.Apply(random, original)
        : PieceMutation.Apply(random, original, form);

    public void Read(string path)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        LoadedImage loaded = ImageFile.Read(path);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        long pixels = (long)loaded.Image.Width * loaded.Image.Height;
        if (pixels > ImageFile.LargestPixelCount || (long)loaded.Width * loaded.Height > ImageFile.LargestFilePixelCount)
        {
            throw new InvalidOperationException($"{loaded.Width} x {loaded.Height} pixels were read as {loaded.Image.Width} x {loaded.Image.Height}.");
        }

        long allowed = FixedBytes + (BytesForEachPixel * pixels) + (FuzzLimits.Picture.BytesForEachByte * new FileInfo(path).Length);
        if (allocated > allowed)
        {
            throw new InvalidOperationException($"{allocated} bytes were allocated for {pixels} pixels, {allowed} are allowed.");
        }
    }

    public bool IsRefusal(Exception exception) => exception is ImageFileException;

    private static IPieceForm? FormOf(ReadOnlySpan<byte> file) => file switch
    {
        [0x89, (byte)'P', ..] => new PngForm(),
        [0xFF, 0xD8, ..] => new JpegForm(),
        [(byte)'R', (byte)'I', (byte)'F', (byte)'F', ..] => new RiffForm(),
        [(byte)'B', (byte)'M', ..] => HeaderForm.Bitmap,
        [(byte)'G', (byte)'I', (byte)'F', ..] => HeaderForm.Gif,
        _ => null,
    };

    private static IEnumerable<byte[]> Pngs()
    {
        yield return EncodedImages.WithChunk(EncodedImages.Png(Width, Height, colourType: 2, bitDepth: 8, Noise(3)), "eXIf"u8, EncodedImages.Exif(6));
        yield return EncodedImages.WithChunk(EncodedImages.Png(Width, Height, colourType: 6, bitDepth: 8, Noise(4)), "gAMA"u8, [0, 0, 0xB1, 0x8F]);
        yield return EncodedImages.PngWithXmp(EncodedImages.Png(Width, Height, colourType: 0, bitDepth: 16, Noise(2)), EncodedImages.Xmp("3"));
        yield return EncodedImages.WithChunk(EncodedImages.Png(Width, Height, colourType: 3, bitDepth: 8, Noise(1)), "PLTE"u8, Noise(3)[..768]);
        yield return Encode(SKColorSpaceXyz.DisplayP3, pixels => pixels.Encode(SKPngEncoderOptions.Default)!);
    }

    private static IEnumerable<byte[]> Jpegs()
    {
        yield return EncodedImages.WithOrientation(Encode(SKColorSpaceXyz.Srgb, pixels => pixels.Encode(new SKJpegEncoderOptions(80))!), 8);
        yield return Encode(SKColorSpaceXyz.DisplayP3, pixels => pixels.Encode(new SKJpegEncoderOptions(80))!);
        yield return EncodedImages.JpegWithXmp(EncodedImages.ProgressiveJpeg(), EncodedImages.Xmp("6", isElement: true));
    }

    private static IEnumerable<byte[]> WebPs()
    {
        yield return Encode(SKColorSpaceXyz.Srgb, pixels => pixels.Encode(new SKWebpEncoderOptions(SKWebpEncoderCompression.Lossy, 60))!);
        byte[] lossless = Encode(SKColorSpaceXyz.Srgb, pixels => pixels.Encode(new SKWebpEncoderOptions(SKWebpEncoderCompression.Lossless, 60))!);
        yield return EncodedImages.WebPWithXmp(EncodedImages.PlainWebP(Width, Height), Width, Height, EncodedImages.Xmp("7"));
        yield return EncodedImages.WebPWithOrientation(lossless, Width, Height, 5);
        yield return Encode(SKColorSpaceXyz.DisplayP3, pixels => pixels.Encode(new SKWebpEncoderOptions(SKWebpEncoderCompression.Lossless, 60))!);
    }

    private static byte[] Encode(SKColorSpaceXyz primaries, Func<SKPixmap, SKData> encode)
    {
        using SKColorSpace space = SKColorSpace.CreateRgb(SKColorSpaceTransferFn.Srgb, primaries);
        using SKBitmap bitmap = new(new SKImageInfo(Width, Height, SKColorType.Rgba8888, SKAlphaType.Opaque, space));
        for (int i = 0; i < Width * Height; i++)
        {
            ((ReadOnlySpan<byte>)[(byte)(i % Width * 5), (byte)(i / Width * 7), (byte)(i / 16), 255]).CopyTo(bitmap.GetPixelSpan()[(i * 4)..]);
        }

        using SKPixmap pixels = bitmap.PeekPixels()!;
        using SKData file = encode(pixels);
        return file.ToArray();
    }

    private static byte[] Noise(int bytesForEachPixel)
    {
        byte[] samples = new byte[Width * Height * bytesForEachPixel];
        new Random(1).NextBytes(samples);
        return samples;
    }
}
