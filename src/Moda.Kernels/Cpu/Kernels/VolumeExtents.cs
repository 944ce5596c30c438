namespace Moda.Kernels.Cpu.Kernels;

/// <summary>The extents of a tensor [N, (D,) H, W, C], with a depth of 1 where it has none.</summary>
internal readonly record struct VolumeExtents(int Images, int Depth, int Height, int Width)
{
    /// <summary>The extents of a map or volume.</summary>
    public static VolumeExtents Of(Shape shape)
    {
        var extent = Extent3.OfSpatialAxes(shape);
        return new VolumeExtents(shape[0], extent.Depth, extent.Height, extent.Width);
    }

    /// <summary>Rows of positions along the width.</summary>
    public int Rows => Images * Depth * Height;

    /// <summary>The number of a position.</summary>
    public long Position(int image, int z, int y, int x) => (((long)image * Depth + z) * Height + y) * Width + x;

    /// <summary>The image, depth and height of a row of positions along the width.</summary>
    public (int Image, int Z, int Y) RowAt(int row) => (row / Height / Depth, row / Height % Depth, row % Height);
}
