using System.Numerics;

namespace Moda.Kernels;

/// <summary>
/// A 2 x 3 affine map of pixel coordinates: <c>x' = XX x + XY y + X0</c>, <c>y' = YX x + YY y + Y0</c>.
/// The centre of the top left pixel is (0, 0), as in OpenCV.
/// </summary>
/// <param name="XX">What x adds to x'.</param>
/// <param name="XY">What y adds to x'.</param>
/// <param name="X0">x' of the origin, in pixels.</param>
/// <param name="YX">What x adds to y'.</param>
/// <param name="YY">What y adds to y'.</param>
/// <param name="Y0">y' of the origin, in pixels.</param>
public readonly record struct AffineTransform(double XX, double XY, double X0, double YX, double YY, double Y0)
{
    /// <summary>The map that leaves every point where it is.</summary>
    public static AffineTransform Identity { get; } = new(1, 0, 0, 0, 1, 0);

    /// <summary>Maps a point.</summary>
    /// <param name="point">In pixels.</param>
    public Vector2 Apply(Vector2 point) => new((float)(XX * point.X + XY * point.Y + X0), (float)(YX * point.X + YY * point.Y + Y0));

    /// <summary>The map back.</summary>
    /// <exception cref="InvalidOperationException">The map flattens the plane, so there is none.</exception>
    public AffineTransform Invert()
    {
        double determinant = XX * YY - XY * YX;
        if (determinant == 0 || !double.IsFinite(determinant))
        {
            throw new InvalidOperationException($"{this} cannot be inverted.");
        }
        double xx = YY / determinant;
        double xy = -XY / determinant;
        double yx = -YX / determinant;
        double yy = XX / determinant;
        return new AffineTransform(xx, xy, -xx * X0 - xy * Y0, yx, yy, -yx * X0 - yy * Y0);
    }

    /// <summary>The same map as a homogeneous 3 x 3 matrix, row-major.</summary>
    public float[] ToMatrix3x3() => [(float)XX, (float)XY, (float)X0, (float)YX, (float)YY, (float)Y0, 0, 0, 1];
}
