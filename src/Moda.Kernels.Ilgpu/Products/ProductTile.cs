namespace Moda.Kernels.Ilgpu.Products;

/// <summary>The tiles of the tiled kernel.</summary>
internal static class ProductTile
{
    /// <summary>Positions and channels of a small tile, and what larger ones are multiples of.</summary>
    public const int Small = 64;

    /// <summary>Positions and channels of a large tile.</summary>
    public const int Large = 128;

    /// <summary>Terms that a tile adds between two barriers.</summary>
    public const int StepTerms = 16;

    /// <summary>The channels of the widest tile that leaves least of it empty.</summary>
    public static int ColumnsFor(int outputs) => (outputs + Small - 1) / Small % 2 == 0 ? Large : Small;
}
