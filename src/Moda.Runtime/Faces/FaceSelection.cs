using System.Globalization;

namespace Moda.Runtime.Faces;

/// <summary>Chooses several faces of a picture: all, or some by their numbers from left to right.</summary>
public sealed class FaceSelection
{
    private FaceSelection(IReadOnlyList<int>? numbers) => Numbers = numbers;

    /// <summary>All faces of <see cref="Portrait.SmallestFace"/> pixels or more.</summary>
    public static FaceSelection All { get; } = new(numbers: null);

    /// <summary>The numbers, from 1, in ascending order; null for all faces.</summary>
    public IReadOnlyList<int>? Numbers { get; }

    /// <summary>Parses <c>all</c>, or numbers from 1 with commas: <c>1,3</c>.</summary>
    /// <exception cref="FormatException">The text is neither, or names a face twice.</exception>
    public static FaceSelection Parse(string text)
    {
        if (text == "all")
        {
            return All;
        }

        var numbers = new SortedSet<int>();
        foreach (string part in text.Split(','))
        {
            if (!int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int number) || number < 1)
            {
                throw new FormatException($"'{text}' chooses no faces; 'all' does, or numbers from 1 on with commas between them, such as 1,3.");
            }

            if (!numbers.Add(number))
            {
                throw new FormatException($"'{text}' names face {number} twice.");
            }
        }

        return new FaceSelection([.. numbers]);
    }

    /// <summary>Chooses a face.</summary>
    /// <param name="width">The picture's width in pixels.</param>
    /// <param name="height">The picture's height in pixels.</param>
    /// <param name="faces">All faces of the picture, in any order.</param>
    /// <returns>The chosen faces, from left to right; at least one.</returns>
    /// <exception cref="FaceNotFoundException">
    /// There is no face, a number is larger than the number of faces, or a chosen face is too small.
    /// </exception>
    internal IReadOnlyList<NumberedFace> Choose(int width, int height, IReadOnlyList<DetectedFace> faces)
    {
        if (Numbers is { } wanted)
        {
            return [.. wanted.Select(number => new NumberedFace(number, FaceChoice.Numbered(number).Choose(width, height, faces)))];
        }

        IReadOnlyList<NumberedFace> all = NumberedFace.LeftToRight(faces);
        NumberedFace[] large = [.. all.Where(face => face.Face.IsLargeEnough)];
        if (large.Length > 0)
        {
            return large;
        }

        // If all faces are too small, the largest is returned; creating its portrait then reports its size.
        DetectedFace largest = default(FaceChoice).Choose(width, height, faces);
        return [all.First(face => face.Face == largest)];
    }
}
