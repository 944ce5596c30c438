using Moda.Kernels;
using Moda.Runtime.Faces;
using Moda.Runtime.Imaging;
using Moda.Runtime.Options;
using Xunit;

namespace Moda.Runtime.Tests.Imaging;

public sealed class PasteBackTests
{
    [Theory]
    [InlineData(PasteBackMode.Feather, "output.paste_back")]
    [InlineData(PasteBackMode.Laplacian, "output.paste_back_laplacian")]
    public void Pasting_the_negative_of_the_crop_gives_the_reference_s_image(PasteBackMode mode, string output)
    {
        using ImageCase reference = new("crop");
        RgbImage image = reference.Image("input.image");
        FaceCrop crop = FaceCrop.Source(image, reference.Landmarks("input.landmarks106"), border: BorderMode.Black);
        byte[] negative = Array.ConvertAll(reference.Bytes("output.crop512"), value => (byte)(255 - value));
        byte[] frame = new byte[image.Pixels.Length];

        new PasteBack(image, crop.CropToImage, FaceCrop.SourceSize, mode, BorderMode.Black).Paste(negative, frame);

        ImageCase.AssertSameImage(reference.Bytes(output), frame);
    }

    [Fact]
    public void The_mask_on_the_image_is_the_reference_s()
    {
        using ImageCase reference = new("crop");
        RgbImage image = reference.Image("input.image");
        FaceCrop crop = FaceCrop.Source(image, reference.Landmarks("input.landmarks106"));

        byte[] mask = PasteBack.FeatherMaskOnImage(crop.CropToImage, FaceCrop.SourceSize, image.Width, image.Height);

        ImageCase.AssertSameImage(reference.Bytes("output.mask_ori"), mask);
    }

    [Fact]
    public void A_face_mask_of_ones_replaces_the_whole_square_and_one_of_zeros_nothing()
    {
        (RgbImage image, AffineTransform cropToImage) = Portrait(90, 70, scale: 0.8);
        byte[] white = Filled(64 * 64 * 3, 255);
        byte[] frame = new byte[image.Pixels.Length];
        PasteBack paste = new(image, cropToImage, 64, PasteBackMode.FaceMask);

        paste.Paste(white, frame, Filled(64 * 64, 0));
        Assert.Equal(image.Pixels, frame);

        paste.Paste(white, frame, Filled(64 * 64, 1));
        int centre = (30 * image.Width + 40) * 3;
        Assert.Equal([255, 255, 255], frame.AsSpan(centre, 3).ToArray());
    }

    [Fact]
    public void Without_pasting_the_crop_is_the_frame()
    {
        (RgbImage image, AffineTransform cropToImage) = Portrait(90, 70, scale: 1);
        byte[] crop = new byte[64 * 64 * 3];
        new Random(1).NextBytes(crop);
        byte[] frame = new byte[crop.Length];
        PasteBack paste = new(image, cropToImage, 64, PasteBackMode.None);

        paste.Paste(crop, frame);

        Assert.Equal((64, 64), (paste.Width, paste.Height));
        Assert.Equal(crop, frame);
    }

    [Theory]
    [InlineData(PasteBackMode.Feather)]
    [InlineData(PasteBackMode.Laplacian)]
    public void A_crop_that_lies_beyond_the_image_leaves_it_as_it_is(PasteBackMode mode)
    {
        (RgbImage image, _) = Portrait(90, 70, scale: 1);
        byte[] frame = new byte[image.Pixels.Length];
        PasteBack paste = new(image, new AffineTransform(1, 0, 5000, 0, 1, -5000), 64, mode);

        paste.Paste(Filled(64 * 64 * 3, 255), frame);

        Assert.Equal(image.Pixels, frame);
    }

    [Theory]
    [InlineData(PasteBackMode.Feather)]
    [InlineData(PasteBackMode.Laplacian)]
    public void A_frame_depends_on_nothing_but_its_crop(PasteBackMode mode)
    {
        (RgbImage image, AffineTransform cropToImage) = Portrait(190, 130, scale: 1.3);
        byte[] first = new byte[64 * 64 * 3];
        byte[] second = new byte[first.Length];
        new Random(2).NextBytes(first);
        new Random(3).NextBytes(second);
        PasteBack paste = new(image, cropToImage, 64, mode);
        byte[] before = new byte[image.Pixels.Length];
        byte[] after = Filled(before.Length, 77);

        paste.Paste(first, before);
        paste.Paste(second, after);
        paste.Paste(first, after);

        Assert.Equal(before, after);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(-5)]
    public void A_laplacian_blend_of_any_size_of_image_keeps_what_is_equal(int extra)
    {
        // The crop shows the whole image and more, so there is no difference to blend, whatever the sides' parity.
        (RgbImage image, _) = Portrait(151 + extra, 131 - extra, scale: 1);
        const int Size = 300;
        RgbImage crop = new(Size, Size);
        for (int y = 0; y < image.Height; y++)
        {
            image.Row(y).CopyTo(crop.Row(y + 70)[(60 * 3)..]);
        }
        byte[] frame = new byte[image.Pixels.Length];

        new PasteBack(image, new AffineTransform(1, 0, -60, 0, 1, -70), Size, PasteBackMode.Laplacian).Paste(crop.Pixels, frame);

        Assert.Equal(image.Pixels, frame);
    }

    [Fact]
    public void A_laplacian_blend_does_not_depend_on_how_much_image_lies_around_it()
    {
        (RgbImage large, _) = Portrait(640, 560, scale: 1);
        RgbImage small = large.Crop(160, 128, 256, 256);
        byte[] crop = new byte[128 * 128 * 3];
        new Random(4).NextBytes(crop);
        byte[] inLarge = new byte[large.Pixels.Length];
        byte[] inSmall = new byte[small.Pixels.Length];

        new PasteBack(large, new AffineTransform(0.7, 0.1, 240, -0.1, 0.7, 200), 128, PasteBackMode.Laplacian).Paste(crop, inLarge);
        new PasteBack(small, new AffineTransform(0.7, 0.1, 80, -0.1, 0.7, 72), 128, PasteBackMode.Laplacian).Paste(crop, inSmall);

        RgbImage same = new RgbImage(640, 560, inLarge).Crop(160, 128, 256, 256);
        Assert.NotEqual(small.Pixels, inSmall);
        Assert.Equal(same.Pixels, inSmall);
    }

    [Theory]
    [InlineData(PasteBackMode.Feather)]
    [InlineData(PasteBackMode.Laplacian)]
    [InlineData(PasteBackMode.FaceMask)]
    public void A_crop_over_a_frame_that_is_kept_is_one_over_an_image_of_that_frame(PasteBackMode mode)
    {
        const int Size = 128;
        (RgbImage image, _) = Portrait(320, 280, scale: 1);
        byte[] first = new byte[Size * Size * 3];
        byte[] second = new byte[first.Length];
        new Random(5).NextBytes(first);
        new Random(6).NextBytes(second);
        byte[] mask = mode == PasteBackMode.FaceMask ? Filled(Size * Size, 1) : [];
        var there = new AffineTransform(0.9, 0.1, 110, -0.1, 0.9, 90);
        byte[] below = new byte[image.Pixels.Length];
        new PasteBack(image, new AffineTransform(0.9, 0, 60, 0, 0.9, 60), Size, mode).Paste(first, below, mask);
        byte[] expected = new byte[below.Length];
        new PasteBack(new RgbImage(image.Width, image.Height, [.. below]), there, Size, mode).Paste(second, expected, mask);
        byte[] kept = [.. below];

        new PasteBack(image, there, Size, mode).Paste(second, kept, mask, keepsFrame: true);

        Assert.NotEqual(below, expected);
        Assert.Equal(expected, kept);
    }

    private static (RgbImage Image, AffineTransform CropToImage) Portrait(int width, int height, double scale)
    {
        RgbImage image = new(width, height);
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                Span<byte> pixel = image.Row(y).Slice(x * 3, 3);
                pixel[0] = (byte)(x * 255 / width);
                pixel[1] = (byte)(y * 255 / height);
                pixel[2] = (byte)(128 + 100 * Math.Sin(x * 0.2) * Math.Cos(y * 0.3));
            }
        }
        return (image, new AffineTransform(scale, 0.05, 15, -0.05, scale, 8));
    }

    private static byte[] Filled(int length, byte value)
    {
        byte[] bytes = new byte[length];
        bytes.AsSpan().Fill(value);
        return bytes;
    }
}
