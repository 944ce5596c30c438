using System.Globalization;

namespace Moda.Runtime.Faces;

/// <summary>Which faces of a picture are meant, where there may be several: all, or some by their numbers from left to right.</summary>
public sealed class FaceSelection
{
    private FaceSelection(IReadOnlyList<int>? numbers) => Numbers = numbers;

    /// <summary>All faces of <see cref="Portrait.SmallestFace"/> pixels or more.</summary>
    public static FaceSelection All { get; } = new(numbers: null);

    /// <summary>The numbers, from 1 on, ascending; null for all faces.</summary>
    public IReadOnlyList<int>? Numbers { get; }

    /// <summary>Reads <c>all</c>, or numbers from 1 on with commas between them: <c>1,3</c>.</summary>
    /// <exception cref="FormatException">It is neither, or names a face twice.</exception>
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

    /// <summary>Chooses.</summary>
    /// <param name="width">Columns of the picture.</param>
    /// <param name="height">Its rows.</param>
    /// <param name="faces">All its faces, in any order.</param>
    /// <returns>The chosen faces from left to right; at least one.</returns>
    /// <exception cref="FaceNotFoundException">There is no face, no such number of them, or one that was named is too small.</exception>
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

        // Whoever makes a portrait of the largest is told that it is too small.
        DetectedFace largest = default(FaceChoice).Choose(width, height, faces);
        return [all.First(face => face.Face == largest)];
    }
}
