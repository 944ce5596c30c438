using System.Runtime.CompilerServices;
using Moda.Kernels.Cpu.Vector;

namespace Moda.Kernels.Cpu.Matrix;

/// <summary>
/// A convolution or a linear layer as a matrix product whose rows are addressed through a table: for each tap, every output position
/// of a tile has the address of its input position, or of a line of zeros where that lies outside. Nothing is copied or padded.
/// </summary>
/// <remarks>Indexes: [variant][group][block of tiles][group of panels]; an index computes its tiles by its panels.</remarks>
internal unsafe struct IndirectConvolution<TVector> : IParallelKernel
    where TVector : unmanaged, IFloatVector<TVector>
{
    /// <summary>Table rows on the stack: 64 KiB. Kernels with more taps are summed in several passes.</summary>
    private const int MaximumSegments = 512;

    private readonly PackedVariant* variants;
    private readonly PanelLayout layout;
    private readonly float* bias;
    private readonly float* zeros;
    private readonly int groups;
    private readonly int groupInputs;
    private readonly float* input;
    private readonly int inputStride;
    private readonly Extent3 inputExtent;
    private readonly Extent3 outputExtent;
    private readonly int batch;
    private readonly TileEpilogue epilogue;
    private readonly int tilesPerBlock;
    private readonly int blocks;
    private readonly int panelsPerIndex;
    private readonly int panelGroups;

    public IndirectConvolution(
        PackedWeights weights, int batch, Extent3 inputExtent, Extent3 outputExtent, Tensor input, in TileEpilogue epilogue, int threadCount)
    {
        variants = weights.Variants;
        layout = weights.Layout;
        bias = weights.Bias;
        zeros = weights.Zeros;
        groups = weights.Geometry.Groups;
        groupInputs = weights.Geometry.InputChannels / groups;
        this.input = input.Pointer();
        inputStride = input.RowStride;
        this.inputExtent = inputExtent;
        this.outputExtent = outputExtent;
        this.batch = batch;
        this.epilogue = epilogue;

        int maximumRows = MicroKernel.MaximumRows<TVector>();
        int rows = 0;
        for (int variant = 0; variant < weights.VariantCount; variant++)
        {
            rows = Math.Max(rows, RowCount(variants[variant]));
        }

        int tiles = (rows + maximumRows - 1) / maximumRows;
        long panelBytes = (long)variants[0].TapCount * groupInputs * 2 * TVector.Count * sizeof(float);
        panelsPerIndex = (int)Math.Clamp(WeightBytesPerIndex / panelBytes, 1, layout.PanelCount);
        panelGroups = (layout.PanelCount + panelsPerIndex - 1) / panelsPerIndex;
        int wantedBlocks = Math.Max(1, threadCount * 8 / (weights.VariantCount * groups * panelGroups));
        tilesPerBlock = Math.Clamp(tiles / wantedBlocks, 1, 16);
        blocks = (tiles + tilesPerBlock - 1) / tilesPerBlock;
        IndexCount = weights.VariantCount * groups * blocks * panelGroups;
    }

    /// <summary>Weights that one index keeps in the second-level cache while its tiles pass by.</summary>
    private const int WeightBytesPerIndex = 384 * 1024;

    /// <summary>The number of indexes.</summary>
    public int IndexCount { get; }

    /// <inheritdoc/>
    [SkipLocalsInit]
    public readonly void Invoke(int index)
    {
        int panelGroup = index % panelGroups;
        index /= panelGroups;
        int block = index % blocks;
        index /= blocks;
        int group = index % groups;
        PackedVariant* variant = variants + index / groups;

        int maximumRows = MicroKernel.MaximumRows<TVector>();
        int rowCount = RowCount(*variant);
        int taps = variant->TapCount;
        int chunk = Math.Min(taps, MaximumSegments);
        float** table = stackalloc float*[chunk * MicroKernel.TableStride];
        float* tile = stackalloc float[maximumRows * 2 * TVector.Count];
        InputRow* inputRows = stackalloc InputRow[MicroKernel.WeightRowSlot];
        int firstPanel = panelGroup * panelsPerIndex;
        int endPanel = Math.Min(firstPanel + panelsPerIndex, layout.PanelCount);
        float* groupPanels = variant->Panels + (long)group * layout.PaddedColumns * taps * groupInputs;
        int firstRow = block * tilesPerBlock * maximumRows;
        int endRow = Math.Min(firstRow + tilesPerBlock * maximumRows, rowCount);
        for (int row = firstRow; row < endRow; row += maximumRows)
        {
            int rows = Math.Min(maximumRows, endRow - row);
            FindInputRows(variant, row, rows, rowCount, inputRows);
            int segments = 0;
            for (int panel = firstPanel; panel < endPanel; panel++)
            {
                float* weights = groupPanels + (long)layout.FirstColumn(panel) * taps * groupInputs;
                for (int tap = 0; tap < taps; tap += chunk)
                {
                    if (panel == firstPanel || chunk < taps)
                    {
                        segments = FillTable(variant, group, inputRows, tap, Math.Min(tap + chunk, taps), table);
                    }

                    if (layout.Width(panel) == TVector.Count)
                    {
                        MicroKernel.Multiply<SingleColumnGroup<TVector>>(rows, table, segments, groupInputs, weights, tile, tap > 0);
                    }
                    else
                    {
                        MicroKernel.Multiply<ColumnPair<TVector>>(rows, table, segments, groupInputs, weights, tile, tap > 0);
                    }
                }

                Store(variant, group, panel, row, rows, tile);
            }
        }
    }

    /// <summary>The outputs that a variant computes in each plane of the output.</summary>
    private readonly int CountY(in PackedVariant variant) => (outputExtent.Height - variant.FirstPhaseY + variant.PeriodY - 1) / variant.PeriodY;

    private readonly int CountX(in PackedVariant variant) => (outputExtent.Width - variant.FirstPhaseX + variant.PeriodX - 1) / variant.PeriodX;

    private readonly int RowCount(in PackedVariant variant) => checked(batch * outputExtent.Depth * CountY(variant) * CountX(variant));

    /// <summary>Finds where the rows of a tile start to read. Rows past the end repeat the last one; they are computed and not stored.</summary>
    private readonly void FindInputRows(PackedVariant* variant, int row, int rows, int rowCount, InputRow* inputRows)
    {
        int countX = CountX(*variant);
        int countY = CountY(*variant);
        for (int r = 0; r < MicroKernel.WeightRowSlot; r++)
        {
            int rest = row + Math.Min(r, rows - 1);
            int x = rest % countX * variant->Step.Width + variant->Origin.Width;
            rest /= countX;
            int y = rest % countY * variant->Step.Height + variant->Origin.Height;
            rest /= countY;
            int z = rest % outputExtent.Depth * variant->Step.Depth + variant->Origin.Depth;
            int n = rest / outputExtent.Depth;
            long position = (((long)n * inputExtent.Depth + z) * inputExtent.Height + y) * inputExtent.Width + x;
            inputRows[r] = new InputRow { Z = z, Y = y, X = x, Address = input + position * inputStride };
        }
    }

    /// <summary>Writes the addresses of the rows for the taps of a range; taps that no row reaches are left out.</summary>
    private readonly int FillTable(PackedVariant* variant, int group, InputRow* inputRows, int firstTap, int endTap, float** table)
    {
        int segments = 0;
        for (int tap = firstTap; tap < endTap; tap++)
        {
            int x = tap % variant->Taps.Width;
            int y = tap / variant->Taps.Width % variant->Taps.Height;
            int z = tap / variant->Taps.Width / variant->Taps.Height;
            long offset = (((long)z * inputExtent.Height + y) * inputExtent.Width + x) * inputStride + (long)group * groupInputs;
            bool reached = false;
            for (int r = 0; r < MicroKernel.WeightRowSlot; r++)
            {
                bool inside = (uint)(inputRows[r].Z + z) < (uint)inputExtent.Depth
                    && (uint)(inputRows[r].Y + y) < (uint)inputExtent.Height
                    && (uint)(inputRows[r].X + x) < (uint)inputExtent.Width;
                table[r] = inside ? inputRows[r].Address + offset : zeros;
                reached |= inside;
            }

            if (reached)
            {
                table[MicroKernel.WeightRowSlot] = (float*)((nint)tap * groupInputs);
                table += MicroKernel.TableStride;
                segments++;
            }
        }

        return segments;
    }

    /// <summary>Stores a tile at every output position that shares its sums.</summary>
    private readonly void Store(PackedVariant* variant, int group, int panel, int row, int rows, float* tile)
    {
        int* outputRows = stackalloc int[MicroKernel.WeightRowSlot];
        int countX = CountX(*variant);
        int countY = CountY(*variant);
        for (int phaseY = variant->FirstPhaseY; phaseY < variant->FirstPhaseY + variant->PhaseCountY; phaseY++)
        {
            for (int phaseX = variant->FirstPhaseX; phaseX < variant->FirstPhaseX + variant->PhaseCountX; phaseX++)
            {
                for (int r = 0; r < rows; r++)
                {
                    int rest = row + r;
                    int x = rest % countX * variant->PeriodX + phaseX;
                    rest /= countX;
                    int y = rest % countY * variant->PeriodY + phaseY;
                    rest /= countY;
                    outputRows[r] = x < outputExtent.Width && y < outputExtent.Height
                        ? (rest * outputExtent.Height + y) * outputExtent.Width + x
                        : -1;
                }

                epilogue.Store<TVector>(
                    tile,
                    layout.Width(panel),
                    bias + group * layout.PaddedColumns + layout.FirstColumn(panel),
                    rows,
                    outputRows,
                    group * layout.Columns + layout.FirstColumn(panel),
                    layout.ValidColumns(panel));
            }
        }
    }

    /// <summary>Where an output position starts to read.</summary>
    private struct InputRow
    {
        public int Z;
        public int Y;
        public int X;
        public float* Address;
    }
}
