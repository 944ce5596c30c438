using Moda.Runtime.Faces;
using Moda.Runtime.Imaging;

namespace Moda.Runtime;

/// <summary>A picture of a face, and where the face is: what a talking head is made from.</summary>
public sealed class Portrait
{
    private Portrait(RgbImage image, FaceLandmarks landmarks, FaceCrop crop)
    {
        Image = image;
        Landmarks = landmarks;
        Crop = crop;
    }

    /// <summary>The picture, limited in size and with even sides, as frames will have it.</summary>
    public RgbImage Image { get; }

    /// <summary>The face's landmarks, in pixels of <see cref="Image"/>.</summary>
    public FaceLandmarks Landmarks { get; }

    /// <summary>The face, upright in a square of 512 pixels.</summary>
    public FaceCrop Crop { get; }

    /// <summary>Takes a picture whose landmarks are known.</summary>
    /// <param name="image">At any size.</param>
    /// <param name="landmarks">In pixels of that image.</param>
    /// <param name="options">How large frames may be and how the face is framed; null for the reference's.</param>
    /// <exception cref="LandmarkException">The landmarks are no face, or lie outside the image.</exception>
    public static Portrait Create(RgbImage image, FaceLandmarks landmarks, PortraitOptions? options = null)
    {
        options ??= new PortraitOptions();
        RgbImage limited = ImageTransforms.LimitSize(image, options.LongestSide);

        // Pixel centres are aligned when an image is resized; cropping to even sides leaves them where they are.
        double scale = Math.Min(1.0, (double)options.LongestSide / Math.Max(image.Width, image.Height));
        double offset = (scale - 1) / 2;
        FaceLandmarks inLimited = scale == 1
            ? landmarks
            : landmarks.Transform(new AffineTransform(scale, 0, offset, 0, scale, offset));
        return new Portrait(limited, inLimited, FaceCrop.Source(limited, inLimited, options.Framing));
    }

    /// <summary>Takes a picture and finds the face in it.</summary>
    /// <param name="image">At any size.</param>
    /// <param name="analyzer">What finds it.</param>
    /// <param name="choice">Which face, where there are several.</param>
    /// <param name="options">How large frames may be and how the face is framed; null for the reference's.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    /// <exception cref="FaceNotFoundException">There is no face, or not the one that was chosen.</exception>
    public static Portrait Create(
        RgbImage image, IFaceAnalyzer analyzer, FaceChoice choice = default, PortraitOptions? options = null, CancellationToken cancellationToken = default) =>
        Create(image, choice.Choose(image, analyzer.Analyze(image, cancellationToken)).Landmarks, options);
}

/// <summary>How a portrait is prepared.</summary>
public sealed record PortraitOptions
{
    /// <summary>The longest side of the frames, in pixels; larger pictures are scaled down.</summary>
    public int LongestSide { get; init; } = ImageTransforms.DefaultLongestSide;

    /// <summary>How much around the face is cut out for the networks.</summary>
    public FaceRegionOptions Framing { get; init; } = FaceRegionOptions.Source;
}
