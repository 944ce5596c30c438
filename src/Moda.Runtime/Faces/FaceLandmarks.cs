using System.Numerics;
using Moda.Kernels;

namespace Moda.Runtime.Faces;

/// <summary>
/// The landmarks of one face, in pixels of its image: 5 (eyes, nose, mouth corners), 68 (iBUG), 106 (insightface) or 203 (LivePortrait).
/// </summary>
/// <remarks>
/// Five points are the left eye, right eye, nose, and left and right corner of the mouth, where left means left in the picture. They may
/// belong to any face, also an animal's or a drawn one. A portrait corrects the order of five points when it is certain, and refuses them
/// otherwise.
/// </remarks>
public sealed class FaceLandmarks
{
    private readonly Vector2[] points;

    /// <summary>Copies the points.</summary>
    /// <param name="points">5, 68, 106 or 203 points in the order of their scheme.</param>
    /// <exception cref="LandmarkException">The number of points is not supported, or a coordinate is NaN or infinite.</exception>
    public FaceLandmarks(ReadOnlySpan<Vector2> points)
    {
        if (!IsSupported(points.Length))
        {
            throw new LandmarkException($"{points.Length} landmarks were given; 5, 68, 106 or 203 are understood.");
        }
        for (int i = 0; i < points.Length; i++)
        {
            if (!float.IsFinite(points[i].X) || !float.IsFinite(points[i].Y))
            {
                throw new LandmarkException($"landmark {i} is ({points[i].X}, {points[i].Y}), which is no place in an image.");
            }
        }
        this.points = points.ToArray();
    }

    /// <summary>The points, in pixels, in the order of their scheme.</summary>
    public ReadOnlySpan<Vector2> Points => points;

    /// <summary>Whether the points were given in another order than their scheme's.</summary>
    internal bool IsPutRight { get; private init; }

    /// <summary>Whether a scheme has this number of points.</summary>
    /// <param name="count">The number of points.</param>
    public static bool IsSupported(int count) => count is 5 or 68 or 106 or 203;

    /// <summary>Puts five landmarks in the order of their scheme. Other numbers of landmarks stay unchanged.</summary>
    /// <exception cref="LandmarkException">The five points do not form a face, or their order is uncertain.</exception>
    internal FaceLandmarks InOrder()
    {
        if (points.Length != FivePointOrder.Count)
        {
            return this;
        }

        Vector2[] ordered = FivePointOrder.Restore(points);
        return ordered.AsSpan().SequenceEqual(points) ? this : new FaceLandmarks(ordered) { IsPutRight = true };
    }

    /// <summary>Maps the landmarks to pixels of another image.</summary>
    /// <param name="transform">Maps this image's pixels to those of the other image.</param>
    internal FaceLandmarks Transform(AffineTransform transform)
    {
        Vector2[] moved = new Vector2[points.Length];
        for (int i = 0; i < moved.Length; i++)
        {
            moved[i] = transform.Apply(points[i]);
        }
        return new FaceLandmarks(moved);
    }

    /// <summary>The point between the eyes and the middle of the mouth. They determine the rotation of the crop.</summary>
    internal (Vector2 Eyes, Vector2 Mouth) Axis() => points.Length switch
    {
        5 => (Mean(0, 1), Mean(3, 4)),
        68 => (Mean(36, 39, 42, 45), Mean(48, 54)),
        106 => (Mean(33, 35, 40, 39, 87, 89, 94, 93), Mean(52, 61)),
        _ => (Mean(0, 6, 12, 18, 24, 30, 36, 42), Mean(48, 66)),
    };

    private Vector2 Mean(params ReadOnlySpan<int> indexes)
    {
        Vector2 sum = Vector2.Zero;
        foreach (int index in indexes)
        {
            sum += points[index];
        }
        return sum / indexes.Length;
    }
}
