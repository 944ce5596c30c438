using System.Numerics;
using Moda.Kernels;
using Moda.Runtime.Faces;
using Moda.Runtime.Imaging;
using Xunit;

namespace Moda.Runtime.Tests.Imaging;

/// <summary>Where a crop reaches beyond its picture, and where it ends, nothing shows in the frame.</summary>
public sealed class BorderTests
{
    private const int Levels = 2;

    /// <summary>Faces at each edge and corner, upright and turned, and one that is larger than the picture.</summary>
    public static TheoryData<float, float, float, double> Faces => new()
    {
        { 100, 80, 120, 0 },
        { 20, 80, 60, 0 },
        { 180, 80, 60, 0.4 },
        { 100, 15, 60, -0.3 },
        { 100, 150, 60, 0 },
        { 12, 12, 50, 0.5 },
        { 190, 150, 50, -0.7 },
        { 100, 80, 60, 0.2 },
    };

    [Theory]
    [MemberData(nameof(Faces))]
    public void A_crop_that_is_pasted_back_as_it_was_cut_changes_nothing(float x, float y, float size, double angle)
    {
        RgbImage image = Smooth(200, 160);
        FaceCrop crop = FaceCrop.Source(image, Face(x, y, size, angle));
        byte[] frame = new byte[image.Pixels.Length];
        foreach (PasteBackMode mode in (PasteBackMode[])[PasteBackMode.Feather, PasteBackMode.Laplacian, PasteBackMode.FaceMask])
        {
            byte[] mask = [];
            if (mode == PasteBackMode.FaceMask)
            {
                mask = new byte[FaceCrop.SourceSize * FaceCrop.SourceSize];
                mask.AsSpan().Fill(1);
            }

            new PasteBack(image, crop.CropToImage, FaceCrop.SourceSize, mode).Paste(crop.Image.Pixels, frame, mask);

            Assert.True(Largest(image.Pixels, frame) <= Levels, $"{mode} changes a pixel by {Largest(image.Pixels, frame)}");
        }
    }

    [Fact]
    public void What_lies_beyond_the_picture_is_its_edge_and_by_option_the_reference_s_black()
    {
        RgbImage image = Flat(64, 64, 200);
        FaceLandmarks landmarks = Face(32, 32, 60, 0);

        Assert.All(FaceCrop.Source(image, landmarks).Image.Pixels, value => Assert.Equal(200, value));
        Assert.Equal(0, FaceCrop.Source(image, landmarks, border: BorderMode.Black).Image.Pixels[0]);
    }

    [Theory]
    [InlineData(PasteBackMode.Feather, 0)]
    [InlineData(PasteBackMode.Feather, 8)]
    [InlineData(PasteBackMode.Feather, -8)]
    [InlineData(PasteBackMode.Laplacian, 0)]
    [InlineData(PasteBackMode.Laplacian, 12)]
    [InlineData(PasteBackMode.Laplacian, -12)]
    public void On_a_flat_ground_there_is_no_seam(PasteBackMode mode, int brighter)
    {
        foreach (int ground in (int[])[20, 128, 235])
        {
            RgbImage image = Flat(300, 260, (byte)ground);
            AffineTransform cropToImage = new(0.4, 0.1, 30, -0.1, 0.4, 60);
            byte[] crop = Flat(FaceCrop.SourceSize, FaceCrop.SourceSize, (byte)(ground + brighter)).Pixels;
            var frame = new RgbImage(image.Width, image.Height);

            new PasteBack(image, cropToImage, FaceCrop.SourceSize, mode).Paste(crop, frame.Pixels);

            int step = Math.Max(
                Largest(frame.Pixels.AsSpan(3), frame.Pixels.AsSpan(0, frame.Pixels.Length - 3)),
                Largest(frame.Pixels.AsSpan(frame.Stride), frame.Pixels.AsSpan(0, frame.Pixels.Length - frame.Stride)));
            Assert.True(step <= Levels, $"neighbours differ by {step}");
            Assert.InRange(frame.Pixels.Min(), Math.Min(ground, ground + brighter) - 1, ground);
            Assert.InRange(frame.Pixels.Max(), ground, Math.Max(ground, ground + brighter));
        }
    }

    [Fact]
    public void The_feathered_square_ends_in_nothing()
    {
        // A GPU pastes with black around the crop, which is alike where the outermost pixels do not count.
        const int Side = FaceCrop.SourceSize;
        byte[] mask = PasteBack.FeatherMask(Side);

        Assert.All(Enumerable.Range(0, Side), i => Assert.Equal(0, mask[i] + mask[(Side - 1) * Side + i] + mask[i * Side] + mask[i * Side + Side - 1]));
    }

    private static int Largest(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        int largest = 0;
        for (int i = 0; i < first.Length; i++)
        {
            largest = Math.Max(largest, Math.Abs(first[i] - second[i]));
        }

        return largest;
    }

    private static FaceLandmarks Face(float x, float y, float size, double angle)
    {
        var turn = Matrix3x2.CreateRotation((float)angle, new Vector2(x, y));
        ReadOnlySpan<Vector2> upright = [new(-0.5f, -0.4f), new(0.5f, -0.4f), new(0, 0), new(-0.35f, 0.5f), new(0.35f, 0.5f)];
        Vector2[] points = new Vector2[upright.Length];
        for (int i = 0; i < points.Length; i++)
        {
            points[i] = Vector2.Transform(new Vector2(x, y) + (upright[i] * size * 0.6f), turn);
        }

        return new FaceLandmarks(points);
    }

    private static RgbImage Flat(int width, int height, byte value)
    {
        RgbImage image = new(width, height);
        image.Pixels.AsSpan().Fill(value);
        return image;
    }

    private static RgbImage Smooth(int width, int height)
    {
        RgbImage image = new(width, height);
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                Span<byte> pixel = image.Row(y).Slice(x * 3, 3);
                pixel[0] = (byte)(80 + (x * 150 / width));
                pixel[1] = (byte)(230 - (y * 150 / height));
                pixel[2] = (byte)(150 + (60 * Math.Sin(x * 0.05) * Math.Cos(y * 0.06)));
            }
        }

        return image;
    }
}
