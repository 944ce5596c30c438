using Moda.Kernels;
using Moda.Runtime.Imaging;
using Moda.Runtime.Motion;
using Moda.Runtime.Options;

namespace Moda.Runtime.Faces;

/// <summary>A picture of a face, and where the face is: what a talking head is made from.</summary>
public sealed class Portrait
{
    /// <summary>
    /// Faces smaller than this, in pixels of the image, are refused: one pixel would become more than seven of the crop, and all that tells
    /// one person from another would be guessed.
    /// </summary>
    public const int SmallestFace = 32;

    private Portrait(RgbImage image, FaceLandmarks landmarks, FaceLandmarks? refinedLandmarks, FaceCrop crop, BorderMode border)
    {
        Image = image;
        Landmarks = landmarks;
        RefinedLandmarks = refinedLandmarks;
        Crop = crop;
        Border = border;
    }

    /// <summary>The picture, limited in size and with even sides, as frames will have it.</summary>
    public RgbImage Image { get; }

    /// <summary>The face's landmarks, in pixels of <see cref="Image"/>.</summary>
    public FaceLandmarks Landmarks { get; }

    /// <summary>203 points in pixels of <see cref="Image"/>, where they are known: the opening of eyes and lips is read from these.</summary>
    public FaceLandmarks? RefinedLandmarks { get; }

    /// <summary>What the opening of eyes and lips is read from: 203 points, or else 68; null where there are neither.</summary>
    internal FaceLandmarks? OpeningLandmarks => RefinedLandmarks ?? (FaceOpenness.Reads(Landmarks.Points.Length) ? Landmarks : null);

    /// <summary>The face, upright in a square of 512 pixels.</summary>
    internal FaceCrop Crop { get; }

    /// <summary>What lies beyond the picture and around the crop.</summary>
    internal BorderMode Border { get; }

    /// <summary>Takes a picture whose landmarks are known.</summary>
    /// <param name="image">At any size.</param>
    /// <param name="landmarks">In pixels of that image.</param>
    /// <param name="options">How large frames may be and how the face is framed; null for the reference's.</param>
    /// <exception cref="LandmarkException">
    /// The landmarks are no face, or lie outside the image, or are five that do not say which is which.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is NaN or out of range.</exception>
    public static Portrait Create(RgbImage image, FaceLandmarks landmarks, PortraitOptions? options = null) =>
        Create(image, landmarks, landmarks.Points.Length == FaceOpenness.LandmarkCount ? landmarks : null, options);

    /// <summary>Takes a picture and finds the face in it.</summary>
    /// <param name="image">At any size.</param>
    /// <param name="analyzer">What finds it.</param>
    /// <param name="choice">Which face, where there are several.</param>
    /// <param name="options">How large frames may be and how the face is framed; null for the reference's.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    /// <exception cref="FaceNotFoundException">There is no face, not the one that was chosen, or one smaller than <see cref="SmallestFace"/>.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is NaN or out of range.</exception>
    public static Portrait Create(
        RgbImage image, IFaceAnalyzer analyzer, FaceChoice choice = default, PortraitOptions? options = null, CancellationToken cancellationToken = default)
    {
        DetectedFace face = choice.Choose(image, analyzer.Analyze(image, cancellationToken));
        RequireLarge(image, face);
        return Create(image, face.Landmarks, face.RefinedLandmarks, options);
    }

    /// <summary>Takes a picture and finds several faces in it.</summary>
    /// <param name="image">At any size.</param>
    /// <param name="analyzer">What finds them.</param>
    /// <param name="selection">Which faces.</param>
    /// <param name="options">How large frames may be and how faces are framed; null for the reference's.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    /// <returns>A portrait for each face, from left to right; all share one picture.</returns>
    /// <exception cref="FaceNotFoundException">There is no face, not all that were chosen, or one smaller than <see cref="SmallestFace"/>.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is NaN or out of range.</exception>
    public static IReadOnlyList<Portrait> CreateAll(
        RgbImage image, IFaceAnalyzer analyzer, FaceSelection selection, PortraitOptions? options = null, CancellationToken cancellationToken = default) =>
        [.. CreateNumbered(image, analyzer.Analyze(image, cancellationToken), selection, options).Select(portrait => portrait.Portrait)];

    /// <summary>Takes a picture of which the faces are known.</summary>
    /// <param name="image">At any size.</param>
    /// <param name="faces">All faces, in pixels of that image.</param>
    /// <param name="selection">Which of them.</param>
    /// <param name="options">How large frames may be and how faces are framed; null for the reference's.</param>
    /// <returns>The number of each face and its portrait, from left to right; all share one picture.</returns>
    /// <exception cref="FaceNotFoundException">There is no face, not all that were chosen, or one smaller than <see cref="SmallestFace"/>.</exception>
    /// <exception cref="LandmarkException">Landmarks are no face, or lie outside the image.</exception>
    internal static IReadOnlyList<(int Number, Portrait Portrait)> CreateNumbered(
        RgbImage image, IReadOnlyList<DetectedFace> faces, FaceSelection selection, PortraitOptions? options)
    {
        options ??= new PortraitOptions();
        options.Validate();
        IReadOnlyList<NumberedFace> chosen = selection.Choose(image.Width, image.Height, faces);
        foreach (NumberedFace face in chosen)
        {
            RequireLarge(image, face.Face);
        }

        RgbImage limited = ImageTransforms.LimitSize(image, options.LongestSide);
        return [.. chosen.Select(face => (face.Number, Create(image, limited, face.Face.Landmarks, face.Face.RefinedLandmarks, options)))];
    }

    private static void RequireLarge(RgbImage image, DetectedFace face)
    {
        if (!face.IsLargeEnough)
        {
            throw new FaceNotFoundException(
                $"The face at ({face.Box.CentreX:0}, {face.Box.CentreY:0}) of the image of {image.Width} x {image.Height} pixels is only "
                + $"{face.Box.Width:0} x {face.Box.Height:0} pixels large; {SmallestFace} are needed. Give the picture at a higher resolution, "
                + "or one in which the face is larger.");
        }
    }

    /// <summary>Takes a frame of a video as it is: its size stays.</summary>
    /// <param name="frame">The frame; its pixels are not copied.</param>
    /// <param name="landmarks">In its pixels.</param>
    /// <param name="options">How the face is framed; the longest side is not looked at.</param>
    /// <exception cref="LandmarkException">The landmarks are no face, or lie outside the image.</exception>
    internal static Portrait OfFrame(RgbImage frame, FaceLandmarks landmarks, PortraitOptions options) =>
        OfFrame(frame, landmarks, FaceCrop.Source(frame, landmarks, options.Framing, options.Border), options.Border);

    /// <summary>Takes a frame of a video whose face has been cut out.</summary>
    /// <param name="frame">The frame; its pixels are not copied.</param>
    /// <param name="landmarks">In its pixels.</param>
    /// <param name="crop">The face.</param>
    /// <param name="border">What lies beyond the frame.</param>
    internal static Portrait OfFrame(RgbImage frame, FaceLandmarks landmarks, FaceCrop crop, BorderMode border) =>
        new(frame, landmarks, landmarks.Points.Length == FaceOpenness.LandmarkCount ? landmarks : null, crop, border);

    private static Portrait Create(RgbImage image, FaceLandmarks landmarks, FaceLandmarks? refined, PortraitOptions? options)
    {
        options ??= new PortraitOptions();
        options.Validate();
        return Create(image, ImageTransforms.LimitSize(image, options.LongestSide), landmarks, refined, options);
    }

    private static Portrait Create(RgbImage image, RgbImage limited, FaceLandmarks landmarks, FaceLandmarks? refined, PortraitOptions options)
    {

        // Pixel centres are aligned when an image is resized; cropping to even sides leaves them where they are.
        double scale = Math.Min(1.0, (double)options.LongestSide / Math.Max(image.Width, image.Height));
        double offset = (scale - 1) / 2;
        var toLimited = new AffineTransform(scale, 0, offset, 0, scale, offset);
        FaceLandmarks ordered = landmarks.InOrder();
        FaceLandmarks inLimited = scale == 1 ? ordered : ordered.Transform(toLimited);
        return new Portrait(limited, inLimited, refined?.Transform(toLimited), FaceCrop.Source(limited, inLimited, options.Framing, options.Border), options.Border);
    }
}
