using Moda.Runtime.Imaging;
using Moda.Testing.Imaging;
using SkiaSharp;

namespace Moda.Runtime.Tests.Imaging;

/// <summary>Images that several tests read.</summary>
internal static class TestImages
{
    public static (int Width, int Height) Size(RgbImage image) => (image.Width, image.Height);

    public static RgbImage Noise(int width, int height)
    {
        RgbImage image = new(width, height);
        new Random(1).NextBytes(image.Pixels);
        return image;
    }

    /// <summary>A black picture that is white right of three quarters of its width and below a third of its height.</summary>
    public static byte[] Corner(int width, int height, string ending)
    {
        byte[] grey = new byte[width * height];
        for (int y = height / 3; y < height; y++)
        {
            grey.AsSpan(y * width + width * 3 / 4, width / 4).Fill(255);
        }

        if (ending == ".png")
        {
            return EncodedImages.Png(width, height, colourType: 0, bitDepth: 8, grey);
        }

        if (ending == ".bmp")
        {
            byte[] colours = new byte[grey.Length * 3];
            for (int i = 0; i < grey.Length; i++)
            {
                colours.AsSpan(i * 3, 3).Fill(grey[i]);
            }

            return EncodedImages.Bitmap(width, height, colours);
        }

        using SKBitmap bitmap = new(new SKImageInfo(width, height, SKColorType.Gray8, SKAlphaType.Opaque));
        grey.CopyTo(bitmap.GetPixelSpan());
        using SKPixmap pixels = bitmap.PeekPixels()!;
        using SKData jpeg = pixels.Encode(new SKJpegEncoderOptions(95))!;
        return jpeg.ToArray();
    }
}
