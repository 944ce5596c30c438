using Moda.Kernels;
using Moda.Runtime.Imaging;
using Xunit;

namespace Moda.Runtime.Tests.Imaging;

public sealed class ImageTransformsTests
{
    [Theory]
    [InlineData(512, 512, 300, 300, 300)]
    [InlineData(301, 301, 1920, 300, 300)]
    [InlineData(3000, 2000, 1920, 1920, 1280)]
    [InlineData(2000, 3001, 1920, 1278, 1920)]
    [InlineData(1920, 1081, 1920, 1920, 1080)]
    [InlineData(4000, 16, 100, 100, 2)]
    public void The_longest_side_is_limited_and_both_sides_are_even(int width, int height, int limit, int newWidth, int newHeight)
    {
        RgbImage limited = ImageTransforms.LimitSize(new RgbImage(width, height), limit);

        Assert.Equal((newWidth, newHeight), (limited.Width, limited.Height));
    }

    [Fact]
    public void An_image_that_fits_is_not_copied()
    {
        RgbImage image = new(64, 32);

        Assert.Same(image, ImageTransforms.LimitSize(image));
    }

    [Theory]
    [InlineData(64, 48, 32, 24)]
    [InlineData(64, 48, 100, 37)]
    [InlineData(33, 17, 20, 40)]
    public void Resizing_agrees_with_plain_bilinear_interpolation(int width, int height, int newWidth, int newHeight)
    {
        RgbImage image = Noise(width, height);

        RgbImage resized = ImageTransforms.ResizeBilinear(image, newWidth, newHeight);

        for (int i = 0; i < resized.Pixels.Length; i++)
        {
            int x = i / 3 % newWidth;
            int y = i / 3 / newWidth;
            double expected = Sample(image, (x + 0.5) * width / newWidth - 0.5, (y + 0.5) * height / newHeight - 0.5, i % 3, clamp: true);
            Assert.Equal(expected, resized.Pixels[i], 1.0);
        }
    }

    [Fact]
    public void Shrinking_by_area_takes_the_mean_of_each_square()
    {
        RgbImage image = new(4, 2, [0, 0, 0, 1, 0, 0, 10, 0, 0, 10, 0, 0, 1, 0, 255, 0, 0, 255, 11, 0, 0, 11, 0, 0]);

        Assert.Equal([1, 0, 128, 11, 0, 0], ImageTransforms.ShrinkByArea(image, 2).Pixels);
        Assert.Throws<ArgumentOutOfRangeException>(() => ImageTransforms.ShrinkByArea(new RgbImage(3, 4), 2));
    }

    [Theory]
    [InlineData(1, 0, 0, 0, 1, 0)]
    [InlineData(0.7, 0.2, 5, -0.2, 0.7, 9)]
    [InlineData(-1.3, 0.9, 60, -0.9, -1.3, 70)]
    [InlineData(0, 2.5, -40, 2.5, 0, -30)]
    [InlineData(0.1, 0, 20.25, 0, 0.1, 20.75)]
    public void Warping_agrees_with_plain_bilinear_sampling(double xx, double xy, double x0, double yx, double yy, double y0)
    {
        RgbImage image = Noise(57, 43);
        AffineTransform transform = new(xx, xy, x0, yx, yy, y0);
        AffineTransform back = transform.Invert();

        RgbImage warped = ImageTransforms.Warp(image, transform, 70, 61);

        for (int i = 0; i < warped.Pixels.Length; i++)
        {
            int x = i / 3 % 70;
            int y = i / 3 / 70;
            double sourceX = Math.Floor((back.XX * x + back.XY * y + back.X0) * 32 + 0.5) / 32;
            double sourceY = Math.Floor((back.YX * x + back.YY * y + back.Y0) * 32 + 0.5) / 32;
            double expected = Sample(image, sourceX, sourceY, i % 3, clamp: false);
            // Rounding the row's start and the step to 1/1024 can move a position on a boundary by 1/32.
            Assert.True(Math.Abs(expected - warped.Pixels[i]) <= 0.5 + 255 / 16.0, $"({x}, {y}): {warped.Pixels[i]}, not {expected:f1}");
        }
        double squares = Enumerable.Range(0, warped.Pixels.Length).Sum(i => Math.Pow(
            warped.Pixels[i] - Sample(image, back.XX * (i / 3 % 70) + back.XY * (i / 3 / 70) + back.X0, back.YX * (i / 3 % 70) + back.YY * (i / 3 / 70) + back.Y0, i % 3, clamp: false), 2));
        Assert.True(Math.Sqrt(squares / warped.Pixels.Length) < 4, $"root mean square {Math.Sqrt(squares / warped.Pixels.Length):f2}");
    }

    [Fact]
    public void A_map_that_flattens_the_plane_is_refused() =>
        Assert.Throws<InvalidOperationException>(() => new AffineTransform(1, 2, 0, 2, 4, 0).Invert());

    [Fact]
    public void A_blend_is_the_exact_quotient_for_every_alpha_and_length()
    {
        for (int alpha = 0; alpha < 256; alpha++)
        {
            int pixels = alpha % 23 + 1;
            byte[] rgba = new byte[pixels * 4];
            byte[] background = new byte[pixels * 3];
            new Random(alpha).NextBytes(rgba);
            new Random(alpha + 1000).NextBytes(background);
            byte[] result = new byte[background.Length];
            for (int i = 0; i < pixels; i++)
            {
                rgba[i * 4 + 3] = (byte)alpha;
            }

            AlphaBlend.Over(rgba, background, result);

            for (int i = 0; i < result.Length; i++)
            {
                Assert.Equal((rgba[i / 3 * 4 + i % 3] * alpha + background[i] * (255 - alpha)) / 255, result[i]);
            }
        }
    }

    private static RgbImage Noise(int width, int height)
    {
        RgbImage image = new(width, height);
        new Random(width).NextBytes(image.Pixels);
        return image;
    }

    private static double Sample(RgbImage image, double x, double y, int channel, bool clamp)
    {
        int left = (int)Math.Floor(x);
        int top = (int)Math.Floor(y);
        double At(int column, int row)
        {
            if (clamp)
            {
                column = Math.Clamp(column, 0, image.Width - 1);
                row = Math.Clamp(row, 0, image.Height - 1);
            }
            return column < 0 || row < 0 || column >= image.Width || row >= image.Height ? 0 : image.Row(row)[column * 3 + channel];
        }
        double upper = At(left, top) * (1 - (x - left)) + At(left + 1, top) * (x - left);
        double lower = At(left, top + 1) * (1 - (x - left)) + At(left + 1, top + 1) * (x - left);
        return upper * (1 - (y - top)) + lower * (y - top);
    }
}
