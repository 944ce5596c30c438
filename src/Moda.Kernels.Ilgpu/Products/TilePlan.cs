namespace Moda.Kernels.Ilgpu.Products;

/// <summary>How the work of a tiled product is divided among groups of threads. It depends on planned positions, never on those there are.</summary>
/// <param name="Rows">Positions of a tile.</param>
/// <param name="Columns">Channels of a tile.</param>
/// <param name="Splits">
/// Groups that share the sums of a tile (split-K). Each adds a range of terms; a second kernel adds the ranges in their order.
/// </param>
/// <param name="SplitTerms">Terms of a range; the last one may have fewer.</param>
internal readonly record struct TilePlan(int Rows, int Columns, int Splits, int SplitTerms)
{
    /// <summary>The most groups of a grid along Y and along Z.</summary>
    public const int MostGridYZ = 65535;

    private const int FewestStepsOfSplit = 4;

    // In cycles of a multiprocessor. An H200 takes 4500 for a step of a tile of 128 x 128: products, and reads of shared memory.
    private const long StepScale = 200;
    private const long StepLatency = 500;
    private const long SecondLaunch = 10_000;

    // A multiprocessor's share of the device's memory: bytes in a cycle. Each partial sum is written and read.
    private const long BytesPerCycle = 16;
    private const long BytesOfPartialSum = 2 * sizeof(float);

    /// <summary>Chooses what should be done soonest.</summary>
    /// <param name="plannedRows">Output positions that the kernel is chosen for.</param>
    /// <param name="layout">How the weights are packed.</param>
    /// <param name="groups">Groups of the convolution.</param>
    /// <param name="multiprocessors">What works at the same time.</param>
    public static TilePlan For(int plannedRows, in WeightLayout layout, int groups, int multiprocessors)
    {
        TilePlan best = default;
        long bestCycles = long.MaxValue;
        for (int rows = ProductTile.Large; rows >= ProductTile.Small; rows /= 2)
        {
            for (int columns = ProductTile.Large; columns >= ProductTile.Small; columns /= 2)
            {
                if (layout.PaddedOutputs % columns != 0)
                {
                    continue;
                }

                // So many splits that each multiprocessor has one group or two.
                long tiles = Tiles(plannedRows, rows) * (layout.PaddedOutputs / columns) * groups;
                for (int groupsEach = 0; groupsEach <= 2; groupsEach++)
                {
                    TilePlan plan = Split(rows, columns, groupsEach * multiprocessors / tiles, layout.PaddedTerms, groups);
                    long cycles = plan.Cycles(plannedRows, tiles, layout.PaddedOutputs * groups, multiprocessors);
                    if (cycles < bestCycles)
                    {
                        (best, bestCycles) = (plan, cycles);
                    }
                }
            }
        }

        return best;
    }

    /// <summary>Tiles along the positions.</summary>
    public int RowTiles(int rows) => (int)Tiles(rows, Rows);

    private static long Tiles(int rows, int tileRows) => ((long)rows + tileRows - 1) / tileRows;

    private static TilePlan Split(int rows, int columns, long wanted, int terms, int groups)
    {
        int steps = terms / ProductTile.StepTerms;
        long most = Math.Max(1, Math.Min(steps / FewestStepsOfSplit, MostGridYZ / groups));
        int splitSteps = DivideUp(steps, (int)Math.Clamp(wanted, 1, most));
        return new TilePlan(rows, columns, DivideUp(steps, splitSteps), splitSteps * ProductTile.StepTerms);
    }

    private static int DivideUp(int value, int divisor) => (value + divisor - 1) / divisor;

    /// <summary>The time on the multiprocessor with most groups.</summary>
    private long Cycles(int plannedRows, long tiles, long channels, int multiprocessors)
    {
        // In a step a warp reads Rows / 64 + Columns / 32 lines of shared memory beside Rows Columns / 1024 products.
        long step = StepScale * ((Rows * Columns) + (16 * Rows) + (32 * Columns)) / 1024;
        long groupsEach = ((tiles * Splits) + multiprocessors - 1) / multiprocessors;
        long cycles = SplitTerms / ProductTile.StepTerms * ((groupsEach * step) + StepLatency);
        return Splits == 1
            ? cycles
            : cycles + SecondLaunch + (Splits * plannedRows * channels * BytesOfPartialSum / (BytesPerCycle * multiprocessors));
    }
}
