using Moda.Kernels.Cuda.Abi;
using Moda.Kernels.Cuda.Driver;

namespace Moda.Kernels.Cuda.Convolution;

/// <summary>
/// The kernels of <c>convolution_simt.cu</c> and, where activations are float16, of <c>convolution_mma.cu</c>,
/// <c>convolution_passes.cu</c> and, on compute capability 9.0, <c>convolution_wgmma.cuh</c>.
/// </summary>
internal sealed class ConvolutionKernels
{
    public readonly CudaFunction Simt;
    public readonly CudaFunction Depthwise;
    public readonly CudaFunction Depthwise7x7;
    public readonly CudaFunction Narrow;
    public readonly CudaFunction? Unfold;
    public readonly CudaFunction? Finish;
    public readonly CudaFunction? FinishRows;

    /// <summary>Output channels, gammas and betas, of a tile that modulates.</summary>
    public const int ModulatingColumns = 128;

    /// <summary>Output channels of the narrowest tiles of warp groups.</summary>
    private const int NarrowestColumns = 32;

    /// <summary>What adding the sums of splits takes besides the sums' way to memory and back, in microseconds.</summary>
    private const double FinishTime = 2;

    /// <summary>How fast sums of splits are written and read, bytes in a microsecond.</summary>
    private const double SumsSpeed = 4e6;

    /// <summary>Larger tiles of as many columns come first.</summary>
    private readonly TensorCoreTile[] tiles = [];
    private readonly WarpgroupTile[] warpgroupTiles = [];

    /// <summary>Takes the kernels.</summary>
    /// <param name="simt"><c>convolution_simt.cu</c>.</param>
    /// <param name="mma"><c>convolution_mma.cu</c>, or null.</param>
    /// <param name="passes"><c>convolution_passes.cu</c>, or null.</param>
    /// <param name="stages">What <c>convolution_mma.cu</c> was compiled with.</param>
    /// <param name="warpgroups">Those with <c>convolution_wgmma.cuh</c>, or null.</param>
    public ConvolutionKernels(CudaModule simt, CudaModule? mma, CudaModule? passes, int stages, WarpgroupModules? warpgroups)
    {
        Simt = simt.GetFunction("convolution_simt");
        Depthwise = simt.GetFunction("convolution_depthwise");
        Depthwise7x7 = simt.GetFunction("convolution_depthwise_7x7");
        Narrow = simt.GetFunction("convolution_narrow");
        Unfold = passes?.GetFunction("convolution_unfold");
        Finish = passes?.GetFunction("convolution_finish");
        FinishRows = passes?.GetFunction("convolution_finish_rows");
        if (mma is not null)
        {
            tiles =
            [
                new TensorCoreTile(mma, 128, 32, stages),
                new TensorCoreTile(mma, 256, 64, stages),
                new TensorCoreTile(mma, 128, 64, stages),
                new TensorCoreTile(mma, 128, 128, stages),
                new TensorCoreTile(mma, 128, 160, stages),
            ];
        }

        if (warpgroups is not null)
        {
            // Times of a step in microseconds: what long sums of 8 frames took on an H100, every tile on every layer.
            warpgroupTiles =
            [
                Tile(256, 32, 0.30),
                Tile(512, 32, 0.41),
                Tile(128, 64, 0.29),
                Tile(256, 64, 0.39),
                Tile(128, 128, 0.36),
                Tile(256, 128, 0.68),
                Tile(128, 160, 0.42),
                Tile(256, 160, 0.79),
            ];
            Modulating = new WarpgroupTile(
                warpgroups.Modulating.GetFunction("convolution_modulate"), new WarpgroupShape(256, ModulatingColumns, KeepsBatchElementsApart: true), 0.68);
        }

        WarpgroupTile Tile(int rows, int columns, double stepTime) => new(
            warpgroups.OfColumns(columns).GetFunction($"convolution_wgmma_{rows / 128}x{columns}"), new WarpgroupShape(rows, columns), stepTime);
    }

    /// <summary>The one that modulates; null without <c>convolution_wgmma.cuh</c>.</summary>
    public WarpgroupTile? Modulating { get; }

    /// <summary>Whether there is <c>convolution_wgmma.cuh</c>.</summary>
    public bool HasWarpgroupProducts => warpgroupTiles.Length > 0;

    /// <summary>
    /// The kernel of <c>convolution_wgmma.cuh</c>, and how many of its blocks share the sums of a tile, by which the device is done soonest.
    /// </summary>
    /// <param name="extent">Output positions of the variant with the most.</param>
    /// <param name="batch">Batch elements that are planned for.</param>
    /// <param name="plan">The convolution.</param>
    /// <param name="elementSumsBytes">What the sums of a split take for each batch element.</param>
    /// <param name="multiprocessors">The device's.</param>
    public (WarpgroupTile Tile, int Splits) WarpgroupTileFor(
        Extent3 extent, int batch, TensorCorePlan plan, long elementSumsBytes, int multiprocessors)
    {
        int columns = plan.Choice.TileColumns;
        WarpgroupTile? found = null;
        int foundSplits = 1;
        double shortest = double.PositiveInfinity;
        foreach (WarpgroupTile tile in warpgroupTiles)
        {
            // A packed tile may serve two tiles of a kernel's, but the narrowest read too much of the input for what they multiply.
            if (tile.Shape.Columns == columns || (columns % tile.Shape.Columns == 0 && tile.Shape.Columns > NarrowestColumns))
            {
                KernelConvolutionBoxes boxes = tile.Shape.BoxesFor(extent, batch, plan, splits: 1);
                long tiles = boxes.Tiles;
                Consider(tile, 1, tiles);
                int splits = plan.HasOneOutputPerSum
                    ? Math.Min(plan.SplitsFor(tiles, multiprocessors), WarpgroupShape.BoxesOfSum(boxes, plan))
                    : 1;
                if (splits > 1)
                {
                    Consider(tile, splits, tiles);
                }
            }
        }

        return (found ?? throw new NotSupportedException($"There is no kernel for weights packed by {columns} output channels."), foundSplits);

        void Consider(WarpgroupTile tile, int splits, long tiles)
        {
            long waves = ((tiles * splits) + multiprocessors - 1) / multiprocessors;
            double steps = (double)plan.Steps * TensorCorePlan.TileDepth / WarpgroupShape.StepChannels / splits;
            double adding = splits > 1 ? FinishTime + (2 * splits * batch * elementSumsBytes / SumsSpeed) : 0;
            double time = (waves * steps * tile.StepTime) + adding;
            if (time < shortest)
            {
                (found, foundSplits, shortest) = (tile, splits, time);
            }
        }
    }

    /// <summary>
    /// The kernel of <c>convolution_mma.cu</c>: the largest tile of which there are enough for all multiprocessors, or the smallest; and how
    /// many of its blocks share the sums of a tile.
    /// </summary>
    /// <param name="plan">The convolution.</param>
    /// <param name="output">Output positions.</param>
    /// <param name="batch">Batch elements that are planned for.</param>
    /// <param name="multiprocessors">The device's.</param>
    public (TensorCoreTile Tile, int Splits) TensorCoreTileFor(TensorCorePlan plan, Extent3 output, int batch, int multiprocessors)
    {
        int columns = plan.Choice.TileColumns;
        int rows = plan.RowsOfVariant(batch, output);

        // A row tile is there for each variant, column of tiles and group.
        long repetitions = (long)plan.Variants.Length * (plan.Choice.PaddedOutputs / columns) * plan.Geometry.Groups;
        TensorCoreTile? found = null;
        foreach (TensorCoreTile tile in tiles)
        {
            if (tile.Columns == columns && (found is null || rows * repetitions < (long)found.Rows * multiprocessors))
            {
                found = tile;
            }
        }

        return found is not null
            ? (found, plan.SplitsFor((rows + found.Rows - 1) / found.Rows * repetitions, multiprocessors))
            : throw new NotSupportedException($"There is no kernel for tiles of {columns} output channels.");
    }
}
