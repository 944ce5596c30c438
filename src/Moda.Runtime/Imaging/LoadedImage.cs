using Moda.Kernels;

namespace Moda.Runtime.Imaging;

/// <summary>An image that was read from a file.</summary>
/// <param name="Image">The upright image in sRGB.</param>
/// <param name="Width">The width of the upright image in the file, in pixels.</param>
/// <param name="Height">The height of the upright image in the file, in pixels.</param>
/// <param name="Shrink">
/// The factor by which the file's image was shrunk: 1, or more for files with more than <see cref="ImageFile.LargestPixelCount"/> pixels.
/// </param>
/// <param name="Notice">A note for the user, when the file is truncated or was shrunk; null for none.</param>
internal sealed record LoadedImage(RgbImage Image, int Width, int Height, int Shrink, string? Notice)
{
    /// <summary>Maps the pixels of the file to those of <see cref="Image"/>.</summary>
    public AffineTransform FileToImage
    {
        get
        {
            // Pixel centres have integer coordinates, so the corner of the first pixel is (-0.5, -0.5).
            double scale = 1.0 / Shrink;
            double offset = (scale - 1) / 2;
            return new AffineTransform(scale, 0, offset, 0, scale, offset);
        }
    }
}
