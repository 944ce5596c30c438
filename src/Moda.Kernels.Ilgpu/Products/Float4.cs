namespace Moda.Kernels.Ilgpu.Products;

/// <summary>Four values that a GPU reads or writes at once.</summary>
internal readonly struct Float4(float x, float y, float z, float w)
{
    public readonly float X = x;
    public readonly float Y = y;
    public readonly float Z = z;
    public readonly float W = w;

    /// <summary><c>left right + sum</c>.</summary>
    public static Float4 MultiplyAdd(float left, Float4 right, Float4 sum) => new(
        (left * right.X) + sum.X, (left * right.Y) + sum.Y, (left * right.Z) + sum.Z, (left * right.W) + sum.W);

    /// <summary>The first one to four values, and zeros.</summary>
    public Float4 First(int count) => new(X, count > 1 ? Y : 0, count > 2 ? Z : 0, count > 3 ? W : 0);
}
