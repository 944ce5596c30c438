namespace Moda.Kernels.Ilgpu.Execution;

/// <summary>A place of a volume [N, D, H, W].</summary>
internal readonly struct VoxelPosition(long element, int z, int y, int x)
{
    /// <summary>The batch element.</summary>
    public readonly long Element = element;

    /// <summary>Along the depth.</summary>
    public readonly int Z = z;

    /// <summary>Along the height.</summary>
    public readonly int Y = y;

    /// <summary>Along the width.</summary>
    public readonly int X = x;

    /// <summary>The place of a row.</summary>
    public static VoxelPosition Of(long row, int depth, int height, int width)
    {
        var line = ElementPosition.Of(row, width);
        var plane = ElementPosition.Of(line.Row, height);
        var volume = ElementPosition.Of(plane.Row, depth);
        return new VoxelPosition(volume.Row, volume.Column, plane.Column, line.Column);
    }

    /// <summary>The row of a place of a plane in [planes, H, W].</summary>
    public static long RowOf(long plane, int y, int x, int height, int width) => (((plane * height) + y) * width) + x;
}
