using Moda.Runtime.Imaging;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.PixelFormats;

namespace Moda.ImageSharp;

/// <summary>Pictures between Moda and ImageSharp. Pixels are copied.</summary>
public static class ImageSharpPictures
{
    /// <summary>Copies a frame.</summary>
    /// <param name="frame">The frame.</param>
    /// <returns>The image; the caller disposes it.</returns>
    public static Image<Rgb24> ToImage(this VideoFrame frame) =>
        Image.LoadPixelData<Rgb24>(frame.Pixels.Span[..frame.LengthIn(PixelFormat.Rgb24)], frame.Width, frame.Height);

    /// <summary>Copies a picture.</summary>
    /// <param name="picture">The picture.</param>
    /// <returns>The image; the caller disposes it.</returns>
    public static Image<Rgb24> ToImage(this RgbImage picture)
    {
        ArgumentNullException.ThrowIfNull(picture);
        return Image.LoadPixelData<Rgb24>(picture.Pixels, picture.Width, picture.Height);
    }

    /// <summary>Copies an image, for instance as a portrait for the engine.</summary>
    /// <param name="image">The image; of several frames the first is taken.</param>
    public static RgbImage ToRgbImage(this Image<Rgb24> image)
    {
        ArgumentNullException.ThrowIfNull(image);
        var picture = new RgbImage(image.Width, image.Height);
        image.CopyPixelDataTo(picture.Pixels);
        return picture;
    }

    /// <summary>Copies an image of any pixel format; transparency is dropped.</summary>
    /// <param name="image">The image; of several frames the first is taken.</param>
    public static RgbImage ToRgbImage(this Image image)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (image is Image<Rgb24> rgb)
        {
            return rgb.ToRgbImage();
        }

        using Image<Rgb24> converted = image.CloneAs<Rgb24>();
        return converted.ToRgbImage();
    }
}
