namespace Moda.Kernels;

/// <summary>A depth, height and width.</summary>
/// <param name="Depth">Along the outermost spatial axis.</param>
/// <param name="Height">Along the middle one.</param>
/// <param name="Width">Along the innermost one.</param>
public readonly record struct Extent3(int Depth, int Height, int Width)
{
    /// <summary>1, 1, 1.</summary>
    public static Extent3 One => new(1, 1, 1);
}
