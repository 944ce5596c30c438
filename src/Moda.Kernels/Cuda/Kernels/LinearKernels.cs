using Moda.Kernels.Cuda.Abi;
using Moda.Kernels.Cuda.Driver;

namespace Moda.Kernels.Cuda.Kernels;

/// <summary>The kernels of <c>linear_wgmma.cu</c>: several linear layers in one launch.</summary>
internal sealed class LinearKernels
{
    /// <summary>The most layers of a launch.</summary>
    public const int MaximumParts = 4;

    private const int Threads = 128;
    private const int TileRows = 64;

    private readonly CudaFunction narrow;
    private readonly CudaFunction wide;
    private readonly int multiprocessors;

    /// <summary>Looks up the kernels.</summary>
    /// <param name="module">The module.</param>
    /// <param name="multiprocessors">Of the device.</param>
    public LinearKernels(CudaModule module, int multiprocessors)
    {
        this.multiprocessors = multiprocessors;
        narrow = module.GetFunction("linear_64");
        wide = module.GetFunction("linear_128");
        narrow.AllowDynamicSharedMemory(SharedBytes(columns: 64));
        wide.AllowDynamicSharedMemory(SharedBytes(columns: 128));
    }

    /// <summary>Chooses the tiles for the planned batch and numbers those of the actual one.</summary>
    public (CudaFunction Function, LaunchConfiguration Configuration) Prepare(ref KernelLinearParts parts, BatchPlan batch)
    {
        int columns = ColumnsFor(parts, batch, multiprocessors);
        int tiles = NumberTiles(ref parts, columns);
        return (columns == 64 ? narrow : wide, new(new LaunchExtents(tiles), new LaunchExtents(Threads), SharedBytes(columns)));
    }

    /// <summary>Outputs of a tile: wide ones where narrow ones would be many for each multiprocessor.</summary>
    internal static int ColumnsFor(in KernelLinearParts parts, BatchPlan batch, int multiprocessors)
    {
        int tiles = 0;
        for (int index = 0; index < parts.Count; index++)
        {
            tiles += CeilingOf(batch.Scale(parts.Part[index].Rows), TileRows) * CeilingOf(parts.Part[index].Outputs, 64);
        }

        return tiles > 2 * multiprocessors ? 128 : 64;
    }

    private static int NumberTiles(ref KernelLinearParts parts, int columns)
    {
        int tiles = 0;
        for (int index = 0; index < parts.Count; index++)
        {
            ref KernelLinearPart part = ref parts.Part[index];
            part.FirstTile = tiles;
            part.RowTiles = CeilingOf(part.Rows, TileRows);
            tiles += part.RowTiles * CeilingOf(part.Outputs, columns);
        }

        return tiles;
    }

    private static int CeilingOf(int value, int divisor) => (value + divisor - 1) / divisor;

    // 64 inputs of each row and column, for 6 steps of narrow tiles and 4 of wide ones, and what aligns them to 1024.
    private static int SharedBytes(int columns) => ((TileRows + columns) * 64 * sizeof(ushort) * (columns == 64 ? 6 : 4)) + 1024;
}
