using Moda.Runtime.Imaging;
using SkiaSharp;
using Xunit;

namespace Moda.Runtime.Tests.Imaging;

/// <summary>Frames in other formats, pixel by pixel against the formulas.</summary>
public sealed class PixelFormatTests
{
    /// <summary>Sizes around the vectors' widths, odd ones too.</summary>
    public static TheoryData<int, int> Sizes => new()
    {
        { 1, 1 }, { 2, 1 }, { 1, 2 }, { 3, 3 }, { 4, 2 }, { 5, 4 }, { 7, 5 }, { 8, 6 }, { 16, 9 }, { 33, 17 },
    };

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Bgra_has_the_same_colours_in_another_order(int width, int height)
    {
        VideoFrame frame = Noise(width, height);
        byte[] bgra = Convert(frame, PixelFormat.Bgra32);

        Assert.Equal(width * height * 4, bgra.Length);
        ReadOnlySpan<byte> rgb = frame.Pixels.Span;
        for (int n = 0; n < width * height; n++)
        {
            Assert.Equal([rgb[3 * n + 2], rgb[3 * n + 1], rgb[3 * n], 255], bgra[(4 * n)..(4 * n + 4)]);
        }
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Nv12_is_the_nearest_to_the_formula(int width, int height)
    {
        VideoFrame frame = Noise(width, height);
        byte[] nv12 = Convert(frame, PixelFormat.Nv12);

        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                (double red, double green, double blue) = Pixel(frame, x, y);
                RequireNearest(16 + 219 * Luma(red, green, blue) / 255, nv12[y * width + x]);
            }
        }

        int columns = (width + 1) / 2;
        for (int y = 0; y < (height + 1) / 2; y++)
        {
            for (int x = 0; x < columns; x++)
            {
                (double red, double green, double blue) = Mean(frame, 2 * x, 2 * y);
                double luma = Luma(red, green, blue);
                int at = width * height + 2 * (y * columns + x);
                RequireNearest(128 + 224 * (blue - luma) / 1.8556 / 255, nv12[at]);
                RequireNearest(128 + 224 * (red - luma) / 1.5748 / 255, nv12[at + 1]);
            }
        }
    }

    [Theory]
    [InlineData(0, 0, 0, 16, 128, 128)]
    [InlineData(255, 255, 255, 235, 128, 128)]
    [InlineData(128, 128, 128, 126, 128, 128)]
    [InlineData(255, 0, 0, 63, 102, 240)]
    [InlineData(0, 255, 0, 173, 42, 26)]
    [InlineData(0, 0, 255, 32, 240, 118)]
    public void Known_colours_have_their_known_values(byte red, byte green, byte blue, byte luma, byte cb, byte cr)
    {
        byte[] pixels = [.. Enumerable.Range(0, 16 * 2).SelectMany(_ => new[] { red, green, blue })];
        byte[] nv12 = Convert(new VideoFrame(0, TimeSpan.Zero, 16, 2, pixels), PixelFormat.Nv12);

        Assert.All(nv12[..32], value => Assert.Equal(luma, value));
        Assert.All(nv12[32..].Where((_, n) => n % 2 == 0), value => Assert.Equal(cb, value));
        Assert.All(nv12[32..].Where((_, n) => n % 2 == 1), value => Assert.Equal(cr, value));
    }

    [Fact]
    public void Rgb_is_copied_and_what_lies_beyond_stays()
    {
        VideoFrame frame = Noise(3, 2);
        byte[] destination = [.. Enumerable.Repeat((byte)7, 20)];
        frame.CopyTo(destination, PixelFormat.Rgb24);

        Assert.Equal(frame.Pixels.ToArray(), destination[..18]);
        Assert.Equal([7, 7], destination[18..]);
    }

    [Theory]
    [InlineData(PixelFormat.Rgb24)]
    [InlineData(PixelFormat.Bgra32)]
    [InlineData(PixelFormat.Nv12)]
    public void A_short_destination_is_refused_with_the_length_that_is_needed(PixelFormat format)
    {
        VideoFrame frame = Noise(5, 3);
        ArgumentException error = Assert.Throws<ArgumentException>(() => frame.CopyTo(new byte[frame.LengthIn(format) - 1], format));

        Assert.Contains($"{frame.LengthIn(format)} bytes", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_format_is_refused() => Assert.Throws<ArgumentOutOfRangeException>(() => Noise(2, 2).LengthIn((PixelFormat)9));

    [Fact]
    public void A_bitmap_shows_the_frame()
    {
        VideoFrame frame = Noise(9, 5);
        using SKBitmap bitmap = frame.ToBitmap();

        (double red, double green, double blue) = Pixel(frame, 8, 4);
        Assert.Equal(new SKColor((byte)red, (byte)green, (byte)blue), bitmap.GetPixel(8, 4));
        Assert.Equal((9, 5), (bitmap.Width, bitmap.Height));
    }

    private static byte[] Convert(VideoFrame frame, PixelFormat format)
    {
        byte[] destination = new byte[frame.LengthIn(format)];
        frame.CopyTo(destination, format);
        return destination;
    }

    private static VideoFrame Noise(int width, int height)
    {
        byte[] pixels = new byte[width * height * 3];
        new Random(width * 100 + height).NextBytes(pixels);
        return new VideoFrame(0, TimeSpan.Zero, width, height, pixels);
    }

    private static (double Red, double Green, double Blue) Pixel(VideoFrame frame, int x, int y)
    {
        // A last odd row or column counts twice.
        int at = 3 * (Math.Min(y, frame.Height - 1) * frame.Width + Math.Min(x, frame.Width - 1));
        return (frame.Pixels.Span[at], frame.Pixels.Span[at + 1], frame.Pixels.Span[at + 2]);
    }

    private static (double Red, double Green, double Blue) Mean(VideoFrame frame, int x, int y)
    {
        (double Red, double Green, double Blue)[] four = [Pixel(frame, x, y), Pixel(frame, x + 1, y), Pixel(frame, x, y + 1), Pixel(frame, x + 1, y + 1)];
        return (four.Average(one => one.Red), four.Average(one => one.Green), four.Average(one => one.Blue));
    }

    private static double Luma(double red, double green, double blue) => 0.2126 * red + 0.7152 * green + 0.0722 * blue;

    // Integer arithmetic may choose the other neighbour only where both are all but equally near.
    private static void RequireNearest(double exact, byte value) => Assert.InRange(value, exact - 0.51, exact + 0.51);
}
