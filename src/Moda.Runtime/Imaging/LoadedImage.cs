using Moda.Kernels;

namespace Moda.Runtime.Imaging;

/// <summary>An image as it was read from its file.</summary>
/// <param name="Image">Upright, in sRGB.</param>
/// <param name="Width">Columns of the file, as it is seen upright.</param>
/// <param name="Height">Rows of the file, as it is seen upright.</param>
/// <param name="Shrink">Columns and rows of the file in one of <paramref name="Image"/>: 1, and more for files beyond <see cref="ImageFile.LargestPixelCount"/>.</param>
/// <param name="Notice">What the user should know: that the file ends early, or was read at a fraction; null for nothing.</param>
internal sealed record LoadedImage(RgbImage Image, int Width, int Height, int Shrink, string? Notice)
{
    /// <summary>From the pixels of the file to those of <see cref="Image"/>.</summary>
    public AffineTransform FileToImage
    {
        get
        {
            // Pixel centres have whole coordinates, so the corner of the first pixel is (-0.5, -0.5).
            double scale = 1.0 / Shrink;
            double offset = (scale - 1) / 2;
            return new AffineTransform(scale, 0, offset, 0, scale, offset);
        }
    }
}
