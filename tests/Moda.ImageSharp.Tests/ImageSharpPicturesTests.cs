using Moda.Runtime.Imaging;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.PixelFormats;
using Xunit;

namespace Moda.ImageSharp.Tests;

/// <summary>Pictures there and back.</summary>
public sealed class ImageSharpPicturesTests
{
    private const int Width = 7;
    private const int Height = 5;

    [Fact]
    public void A_frame_becomes_an_image_with_pixels_of_its_own()
    {
        byte[] pixels = Noise();
        using Image<Rgb24> image = new VideoFrame(0, TimeSpan.Zero, Width, Height, pixels).ToImage();
        var expected = new Rgb24(pixels[^3], pixels[^2], pixels[^1]);
        Array.Clear(pixels);

        Assert.Equal((Width, Height), (image.Width, image.Height));
        Assert.Equal(expected, image[Width - 1, Height - 1]);
    }

    [Fact]
    public void A_picture_comes_back_as_it_went()
    {
        var picture = new RgbImage(Width, Height, Noise());
        using Image<Rgb24> image = picture.ToImage();

        Assert.Equal(picture.Pixels, image.ToRgbImage().Pixels);
    }

    [Fact]
    public void Other_pixel_formats_are_converted()
    {
        using var image = new Image<Bgra32>(Width, Height);
        image[2, 3] = new Bgra32(10, 20, 30, 40);
        RgbImage picture = ((Image)image).ToRgbImage();

        Assert.Equal([10, 20, 30], picture.Row(3).Slice(6, 3).ToArray());
    }

    private static byte[] Noise()
    {
        byte[] pixels = new byte[Width * Height * 3];
        new Random(1).NextBytes(pixels);
        return pixels;
    }
}
