namespace Moda.Kernels;

/// <summary>A depth, height and width.</summary>
/// <param name="Depth">Along the outermost spatial axis.</param>
/// <param name="Height">Along the middle one.</param>
/// <param name="Width">Along the innermost one.</param>
public readonly record struct Extent3(int Depth, int Height, int Width)
{
    /// <summary>1, 1, 1.</summary>
    public static Extent3 One => new(1, 1, 1);

    /// <summary>The spatial extents of [N, W, C], [N, H, W, C] or [N, D, H, W, C]; 1 along an axis that is missing.</summary>
    internal static Extent3 OfSpatialAxes(Shape shape) => new(
        shape.Rank == 5 ? shape[1] : 1,
        shape.Rank >= 4 ? shape[^3] : 1,
        shape[^2]);
}
