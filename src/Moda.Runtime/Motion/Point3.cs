namespace Moda.Runtime.Motion;

/// <summary>A point or vector in float64, as the convex hull's predicates want it.</summary>
internal readonly record struct Point3(double X, double Y, double Z)
{
    public double Length => Math.Sqrt(Dot(this, this));

    public static Point3 operator -(Point3 left, Point3 right) => new(left.X - right.X, left.Y - right.Y, left.Z - right.Z);

    public static double Dot(Point3 left, Point3 right) => left.X * right.X + left.Y * right.Y + left.Z * right.Z;

    public static Point3 Cross(Point3 left, Point3 right) => new(
        left.Y * right.Z - left.Z * right.Y,
        left.Z * right.X - left.X * right.Z,
        left.X * right.Y - left.Y * right.X);
}
