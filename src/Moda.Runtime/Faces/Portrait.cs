using Moda.Kernels;
using Moda.Runtime.Imaging;
using Moda.Runtime.Motion;
using Moda.Runtime.Options;

namespace Moda.Runtime.Faces;

/// <summary>A picture and the landmarks of its face, from which a talking head is made.</summary>
public sealed class Portrait
{
    /// <summary>
    /// The smallest face that is accepted, in pixels of the image. In a smaller face one pixel would become more than seven pixels of the
    /// crop, too coarse to keep a person's features.
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

    /// <summary>The picture, limited in size and cropped to even sides. Frames have the same size.</summary>
    public RgbImage Image { get; }

    /// <summary>The landmarks of the face, in pixels of <see cref="Image"/>.</summary>
    public FaceLandmarks Landmarks { get; }

    /// <summary>203 points in pixels of <see cref="Image"/>; null when they are not known. They give the opening of eyes and lips.</summary>
    public FaceLandmarks? RefinedLandmarks { get; }

    /// <summary>The landmarks that give the opening of eyes and lips: 203 points, otherwise 68 points; null when there are neither.</summary>
    internal FaceLandmarks? OpeningLandmarks => RefinedLandmarks ?? (FaceOpenness.Reads(Landmarks.Points.Length) ? Landmarks : null);

    /// <summary>The face, upright in a square of 512 pixels.</summary>
    internal FaceCrop Crop { get; }

    /// <summary>What is shown outside the picture and around the crop.</summary>
    internal BorderMode Border { get; }

    /// <summary>Creates a portrait from a picture with known landmarks.</summary>
    /// <param name="image">The picture, of any size.</param>
    /// <param name="landmarks">The landmarks of the face in pixels of the picture.</param>
    /// <param name="options">The largest frame size and the framing of the face; null for the reference's values.</param>
    /// <exception cref="LandmarkException">
    /// The landmarks are not those of a face, lie outside the image, or are five points in an uncertain order.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is NaN or out of range.</exception>
    public static Portrait Create(RgbImage image, FaceLandmarks landmarks, PortraitOptions? options = null) =>
        Create(image, landmarks, landmarks.Points.Length == FaceOpenness.LandmarkCount ? landmarks : null, options);

    /// <summary>Creates a portrait from a picture, and finds the face in it.</summary>
    /// <param name="image">The picture, of any size.</param>
    /// <param name="analyzer">The analyzer that finds the face.</param>
    /// <param name="choice">Which face to use when there are several.</param>
    /// <param name="options">The largest frame size and the framing of the face; null for the reference's values.</param>
    /// <param name="cancellationToken">Cancels the search.</param>
    /// <exception cref="FaceNotFoundException">
    /// There is no face, not the chosen one, or the face is smaller than <see cref="SmallestFace"/>.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is NaN or out of range.</exception>
    public static Portrait Create(
        RgbImage image, IFaceAnalyzer analyzer, FaceChoice choice = default, PortraitOptions? options = null, CancellationToken cancellationToken = default)
    {
        DetectedFace face = choice.Choose(image, analyzer.Analyze(image, cancellationToken));
        RequireLarge(image, face);
        return Create(image, face.Landmarks, face.RefinedLandmarks, options);
    }

    /// <summary>Creates portraits of several faces of a picture, and finds the faces.</summary>
    /// <param name="image">The picture, of any size.</param>
    /// <param name="analyzer">The analyzer that finds the faces.</param>
    /// <param name="selection">Which faces to use.</param>
    /// <param name="options">The largest frame size and the framing of the faces; null for the reference's values.</param>
    /// <param name="cancellationToken">Cancels the search.</param>
    /// <returns>A portrait of each face, from left to right. All share one picture.</returns>
    /// <exception cref="FaceNotFoundException">
    /// There is no face, a chosen face is missing, or a face is smaller than <see cref="SmallestFace"/>.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is NaN or out of range.</exception>
    public static IReadOnlyList<Portrait> CreateAll(
        RgbImage image, IFaceAnalyzer analyzer, FaceSelection selection, PortraitOptions? options = null, CancellationToken cancellationToken = default) =>
        [.. CreateNumbered(image, analyzer.Analyze(image, cancellationToken), selection, options).Select(portrait => portrait.Portrait)];

    /// <summary>Creates portraits from a picture with known faces.</summary>
    /// <param name="image">The picture, of any size.</param>
    /// <param name="faces">All faces, in pixels of the picture.</param>
    /// <param name="selection">Which faces to use.</param>
    /// <param name="options">The largest frame size and the framing of the faces; null for the reference's values.</param>
    /// <returns>The number of each face and its portrait, from left to right. All share one picture.</returns>
    /// <exception cref="FaceNotFoundException">
    /// There is no face, a chosen face is missing, or a face is smaller than <see cref="SmallestFace"/>.
    /// </exception>
    /// <exception cref="LandmarkException">Landmarks are not those of a face, or lie outside the image.</exception>
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

    /// <summary>Creates a portrait from a video frame without changing its size.</summary>
    /// <param name="frame">The frame. Its pixels are not copied.</param>
    /// <param name="landmarks">The landmarks of the face in pixels of the frame.</param>
    /// <param name="options">The framing of the face. The option for the longest side is ignored.</param>
    /// <exception cref="LandmarkException">The landmarks are not those of a face, or lie outside the image.</exception>
    internal static Portrait OfFrame(RgbImage frame, FaceLandmarks landmarks, PortraitOptions options) =>
        OfFrame(frame, landmarks, FaceCrop.Source(frame, landmarks, options.Framing, options.Border), options.Border);

    /// <summary>Creates a portrait from a video frame whose face is already cut out.</summary>
    /// <param name="frame">The frame. Its pixels are not copied.</param>
    /// <param name="landmarks">The landmarks of the face in pixels of the frame.</param>
    /// <param name="crop">The crop of the face.</param>
    /// <param name="border">What is shown outside the frame.</param>
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

        // Resizing aligns pixel centres. Cropping to even sides does not move them.
        double scale = Math.Min(1.0, (double)options.LongestSide / Math.Max(image.Width, image.Height));
        double offset = (scale - 1) / 2;
        var toLimited = new AffineTransform(scale, 0, offset, 0, scale, offset);
        FaceLandmarks ordered = landmarks.InOrder();
        FaceLandmarks inLimited = scale == 1 ? ordered : ordered.Transform(toLimited);
        return new Portrait(limited, inLimited, refined?.Transform(toLimited), FaceCrop.Source(limited, inLimited, options.Framing, options.Border), options.Border);
    }
}
