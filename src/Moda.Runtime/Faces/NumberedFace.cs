namespace Moda.Runtime.Faces;

/// <summary>A face of a picture, and the number by which it can be chosen.</summary>
/// <param name="Number">1 for the face furthest to the left, and so on.</param>
/// <param name="Face">The face.</param>
internal readonly record struct NumberedFace(int Number, DetectedFace Face)
{
    /// <summary>Numbers faces from left to right, by the middles of their boxes.</summary>
    /// <param name="faces">All faces of a picture, in any order.</param>
    public static IReadOnlyList<NumberedFace> LeftToRight(IEnumerable<DetectedFace> faces) =>
        [.. faces.OrderBy(face => face.Box.CentreX).ThenBy(face => face.Box.CentreY).Select((face, index) => new NumberedFace(index + 1, face))];
}
