using Moda.Runtime.Imaging;
using Xunit;

namespace Moda.Runtime.Tests.Imaging;

public sealed class MorphologyTests
{
    [Fact]
    public void The_face_mask_of_a_label_map_is_the_reference_s()
    {
        using ImageCase reference = new("face_mask.any");
        byte[] mask = new byte[512 * 512];

        new FaceMask(512, 512).FromLabels(reference.Bytes("input.labels"), mask);

        Assert.Equal(reference.Bytes("output.mask"), mask);
    }

    [Theory]
    [InlineData(1, 1, 3)]
    [InlineData(7, 5, 0)]
    [InlineData(7, 5, 1)]
    [InlineData(40, 33, 4)]
    [InlineData(33, 70, 12)]
    [InlineData(20, 20, 40)]
    public void A_box_finds_the_extremum_of_every_neighbourhood(int width, int height, int radius)
    {
        byte[] image = new byte[width * height];
        new Random(width).NextBytes(image);
        byte[] scratch = new byte[Morphology.ScratchLength(width, height, radius)];
        byte[] dilated = [.. image];
        byte[] eroded = [.. image];

        Morphology.Dilate(dilated, width, height, radius, scratch);
        Morphology.Erode(eroded, width, height, radius, scratch);

        (int, int)[] box = [.. from dy in Enumerable.Range(-radius, 2 * radius + 1) from dx in Enumerable.Range(-radius, 2 * radius + 1) select (dx, dy)];
        Assert.Equal(Plain(image, width, height, box, values => values.Max()), dilated);
        Assert.Equal(Plain(image, width, height, box, values => values.Min()), eroded);
    }

    [Theory]
    [InlineData(25, 19, 4)]
    [InlineData(60, 50, 32)]
    public void An_ellipse_of_even_side_erodes_further_up_and_left(int width, int height, int side)
    {
        byte[] image = new byte[width * height];
        new Random(side).NextBytes(image);
        int radius = side / 2;
        (int, int)[] ellipse =
        [
            .. from dy in Enumerable.Range(-radius, side)
               let half = (int)Math.Round(Math.Sqrt(radius * radius - dy * dy))
               from dx in Enumerable.Range(-half, 2 * half + 1)
               where dx < side - radius
               select (dx, dy),
        ];

        byte[] eroded = new byte[image.Length];
        Morphology.ErodeByEllipse(image, width, height, side, new byte[Morphology.EllipseScratchLength(width, height, side)], eroded);

        Assert.Equal(Plain(image, width, height, ellipse, values => values.Min()), eroded);
    }

    private static byte[] Plain(byte[] image, int width, int height, (int X, int Y)[] element, Func<IEnumerable<byte>, byte> extremum)
    {
        byte[] result = new byte[image.Length];
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                result[y * width + x] = extremum(element
                    .Select(offset => (X: x + offset.X, Y: y + offset.Y))
                    .Where(at => at.X >= 0 && at.Y >= 0 && at.X < width && at.Y < height)
                    .Select(at => image[at.Y * width + at.X]));
            }
        }
        return result;
    }
}
