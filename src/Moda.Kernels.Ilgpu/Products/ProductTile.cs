namespace Moda.Kernels.Ilgpu.Products;

/// <summary>The tiles of the tiled kernel.</summary>
internal static class ProductTile
{
    /// <summary>Positions and channels of a small tile, and what larger ones are multiples of.</summary>
    public const int Small = 64;

    /// <summary>Positions and channels of a large tile.</summary>
    public const int Large = 128;

    /// <summary>With fewer large tiles a GPU is not full, and small ones are faster.</summary>
    private const int FewTiles = 128;

    /// <summary>The channels of the widest tile that leaves least of it empty.</summary>
    public static int ColumnsFor(int outputs) => (outputs + Small - 1) / Small % 2 == 0 ? Large : Small;

    /// <summary>The positions of the tile that suits a number of rows.</summary>
    /// <param name="plannedRows">Output positions that the kernel is chosen for.</param>
    /// <param name="columnTiles">Tiles along the channels, over all groups.</param>
    public static int RowsFor(int plannedRows, int columnTiles) =>
        (long)((plannedRows + Large - 1) / Large) * columnTiles < FewTiles ? Small : Large;
}
