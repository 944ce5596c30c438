using System.Globalization;
using Moda.Runtime.Imaging;

namespace Moda.Runtime.Faces;

/// <summary>
/// Chooses one of several faces: the largest (the default), the leftmost, the rightmost, the most central, or the N-th from the left.
/// </summary>
public readonly record struct FaceChoice
{
    private readonly FacePlace place;
    private readonly int number;

    private FaceChoice(FacePlace place, int number = 0)
    {
        this.place = place;
        this.number = number;
    }

    private enum FacePlace
    {
        Largest,
        Left,
        Right,
        Center,
        Numbered,
    }

    /// <summary>Parses <c>largest</c>, <c>left</c>, <c>right</c>, <c>center</c> or a number from 1.</summary>
    /// <exception cref="FormatException">The text is none of these.</exception>
    public static FaceChoice Parse(string text) => text switch
    {
        "largest" => default,
        "left" => new FaceChoice(FacePlace.Left),
        "right" => new FaceChoice(FacePlace.Right),
        "center" => new FaceChoice(FacePlace.Center),
        _ when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= 1 =>
            Numbered(number),
        _ => throw new FormatException($"'{text}' chooses no face; largest, left, right, center or a number from 1 on do."),
    };

    /// <summary>The N-th face from the left.</summary>
    /// <param name="number">The number, from 1.</param>
    internal static FaceChoice Numbered(int number) => new(FacePlace.Numbered, number);

    /// <summary>Chooses a face.</summary>
    /// <param name="image">The image with the faces.</param>
    /// <param name="faces">All faces, in any order.</param>
    /// <exception cref="FaceNotFoundException">There is no face, or the number is larger than the number of faces.</exception>
    public DetectedFace Choose(RgbImage image, IReadOnlyList<DetectedFace> faces) => Choose(image.Width, image.Height, faces);

    /// <summary>Chooses a face as <see cref="Choose(RgbImage, IReadOnlyList{DetectedFace})"/> does, for an image of known size.</summary>
    internal DetectedFace Choose(int width, int height, IReadOnlyList<DetectedFace> faces)
    {
        if (faces.Count == 0)
        {
            throw new FaceNotFoundException(
                $"No face was found in the image of {width} x {height} pixels. A face seen from the front, upright, and at least "
                + "a twelfth of the image's height is found best; crop or turn the image, or give the landmarks by file (--landmarks).");
        }

        if (place == FacePlace.Numbered && number > faces.Count)
        {
            throw new FaceNotFoundException($"Face {number} was asked for, but only {faces.Count} {(faces.Count == 1 ? "was" : "were")} found.");
        }

        return place switch
        {
            FacePlace.Left => faces.MinBy(face => face.Box.CentreX)!,
            FacePlace.Right => faces.MaxBy(face => face.Box.CentreX)!,
            FacePlace.Center => faces.MinBy(face => Square(face.Box.CentreX - width / 2f) + Square(face.Box.CentreY - height / 2f))!,
            FacePlace.Numbered => NumberedFace.LeftToRight(faces)[number - 1].Face,
            _ => faces.MaxBy(face => face.Box.Area)!,
        };
    }

    private static float Square(float value) => value * value;
}
