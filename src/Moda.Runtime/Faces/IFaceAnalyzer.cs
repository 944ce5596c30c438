using System.Numerics;
using Moda.Kernels;
using Moda.Runtime.Imaging;

namespace Moda.Runtime.Faces;

/// <summary>Finds faces and their landmarks. Several threads may use it at once.</summary>
public interface IFaceAnalyzer : IDisposable
{
    /// <summary>Finds the faces of an image.</summary>
    /// <param name="image">Any image.</param>
    /// <param name="cancellationToken">Cancels the search.</param>
    /// <returns>The faces, the highest score first; empty when there is none.</returns>
    IReadOnlyList<DetectedFace> Analyze(RgbImage image, CancellationToken cancellationToken = default);
}

/// <summary>A detected face.</summary>
/// <param name="Box">The box around the face, in pixels of the image. It may reach outside the image.</param>
/// <param name="Score">The detector's score, 0 to 1.</param>
/// <param name="Landmarks">The landmarks in pixels of the image.</param>
public sealed record DetectedFace(FaceBox Box, float Score, FaceLandmarks Landmarks)
{
    /// <summary>
    /// 203 points of the same face, in pixels of the image; null when the analyzer does not find them. They give the opening of eyes and
    /// lips.
    /// </summary>
    public FaceLandmarks? RefinedLandmarks { get; init; }

    /// <summary>Whether the face is large enough for a portrait.</summary>
    internal bool IsLargeEnough => Math.Max(Box.Width, Box.Height) >= Portrait.SmallestFace;

    /// <summary>Maps the face to pixels of another image that is not rotated against this one.</summary>
    /// <param name="transform">Maps this image's pixels to those of the other image.</param>
    internal DetectedFace Transform(AffineTransform transform)
    {
        Vector2 corner = transform.Apply(new Vector2(Box.X, Box.Y));
        Vector2 across = transform.Apply(new Vector2(Box.X + Box.Width, Box.Y + Box.Height));
        return this with
        {
            Box = new FaceBox(corner.X, corner.Y, across.X - corner.X, across.Y - corner.Y),
            Landmarks = Landmarks.Transform(transform),
            RefinedLandmarks = RefinedLandmarks?.Transform(transform),
        };
    }
}

/// <summary>An upright rectangle in pixels.</summary>
/// <param name="X">The left edge.</param>
/// <param name="Y">The top edge.</param>
/// <param name="Width">The width.</param>
/// <param name="Height">The height.</param>
public readonly record struct FaceBox(float X, float Y, float Width, float Height)
{
    /// <summary>The area in pixels.</summary>
    internal float Area => Width * Height;

    /// <summary>The column of the centre.</summary>
    internal float CentreX => X + Width / 2;

    /// <summary>The row of the centre.</summary>
    internal float CentreY => Y + Height / 2;

    /// <summary>The smallest box around landmarks.</summary>
    /// <param name="landmarks">At least one point.</param>
    internal static FaceBox Around(FaceLandmarks landmarks)
    {
        Vector2 least = new(float.MaxValue);
        Vector2 most = new(float.MinValue);
        foreach (Vector2 point in landmarks.Points)
        {
            least = Vector2.Min(least, point);
            most = Vector2.Max(most, point);
        }

        return new FaceBox(least.X, least.Y, most.X - least.X, most.Y - least.Y);
    }

    /// <summary>The intersection over union with another box: 0 for separate boxes, 1 for equal ones.</summary>
    internal float IntersectionOverUnion(FaceBox other)
    {
        float width = Math.Min(X + Width, other.X + other.Width) - Math.Max(X, other.X);
        float height = Math.Min(Y + Height, other.Y + other.Height) - Math.Max(Y, other.Y);
        float shared = Math.Max(width, 0) * Math.Max(height, 0);
        return shared / (Area + other.Area - shared);
    }
}
