using Moda.Kernels.Cuda.Interop;

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

    /// <summary>Chooses the tiles and numbers them: wide ones where narrow ones would be many for each multiprocessor.</summary>
    public (CudaFunction Function, LaunchConfiguration Configuration) Prepare(ref KernelLinearParts parts)
    {
        int columns = CountTiles(ref parts, 64) > 2 * multiprocessors ? 128 : 64;
        int tiles = CountTiles(ref parts, columns);
        return (columns == 64 ? narrow : wide, new(new LaunchExtents(tiles), new LaunchExtents(Threads), SharedBytes(columns)));
    }

    private static int CountTiles(ref KernelLinearParts parts, int columns)
    {
        int tiles = 0;
        for (int index = 0; index < parts.Count; index++)
        {
            ref KernelLinearPart part = ref parts.Part[index];
            part.FirstTile = tiles;
            part.RowTiles = (part.Rows + TileRows - 1) / TileRows;
            tiles += part.RowTiles * ((part.Outputs + columns - 1) / columns);
        }

        return tiles;
    }

    // 64 inputs of each row and column, for 6 steps of narrow tiles and 4 of wide ones, and what aligns them to 1024.
    private static int SharedBytes(int columns) => ((TileRows + columns) * 64 * sizeof(ushort) * (columns == 64 ? 6 : 4)) + 1024;
}
