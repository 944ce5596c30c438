using Moda.Kernels.Cpu.Threading;
using Moda.Kernels.Cpu.Vector;

namespace Moda.Kernels.Cpu.Matrix;

/// <summary>
/// A convolution or a linear layer as a matrix product whose rows are addressed through a table (an indirect convolution, Dukhan 2019).
/// For each tap the table has the address that each output position of a tile reads: an input position, or zeros where that lies
/// outside the map. Nothing is copied or padded.
/// </summary>
/// <remarks>Indexes: [variant][group][block of tiles][group of panels]; an index computes its tiles by its panels.</remarks>
internal unsafe struct IndirectConvolution<TVector> : IScratchKernel
    where TVector : unmanaged, IFloatVector<TVector>
{
    private readonly ConvolutionMap map;
    private readonly TileEpilogue epilogue;
    private readonly TilePlan plan;
    private readonly PackedVariant* variants;
    private readonly PanelLayout layout;
    private readonly float* bias;
    private readonly float* zeros;
    private readonly int groups;
    private readonly int channels;
    private readonly int taps;
    private readonly int tableBytes;
    private readonly int sumBytes;

    public IndirectConvolution(PackedWeights weights, in ConvolutionMap map, in TileEpilogue epilogue, int threadCount)
    {
        this.map = map;
        this.epilogue = epilogue;
        variants = weights.Variants;
        layout = weights.Layout;
        bias = weights.Bias;
        zeros = weights.Zeros;
        groups = weights.Groups;
        channels = weights.Inputs;

        int rows = 0;
        int lineTaps = 0;
        for (int variant = 0; variant < weights.VariantCount; variant++)
        {
            rows = Math.Max(rows, RowCount(Extent(variants[variant])));
            taps = Math.Max(taps, variants[variant].TapCount);
            lineTaps = Math.Max(lineTaps, variants[variant].Taps.Width);
        }

        plan = TilePlan.Choose(new TilePlan.Shape
        {
            Rows = rows,
            TileRows = MicroKernel.MaximumRows<TVector>(),
            PanelColumns = 2 * TVector.Count,
            Panels = layout.PanelCount,
            Taps = taps,
            LineTaps = lineTaps,
            Channels = channels,
            RowStep = variants[0].Step.Width * map.Stride,
            HasContiguousLines = groups == 1 && map.Stride == channels,
            Repetitions = weights.VariantCount * groups,
            Threads = threadCount,
        });
        tableBytes = plan.TapsPerChunk * MicroKernel.TableStride * sizeof(float*);
        int sumTiles = IsSummedAtOnce ? 1 : plan.TilesPerBlock;
        sumBytes = sumTiles * MicroKernel.TableRows * SumStride * sizeof(float);
        int copies = plan.ReadsLines ? MicroKernel.TableRows * taps * channels : 0;
        ScratchBytes = tableBytes + sumBytes + copies * sizeof(float);
        IndexCount = weights.VariantCount * groups * plan.Blocks * plan.PanelGroups;
    }

    /// <summary>The number of indexes.</summary>
    public int IndexCount { get; }

    public long ScratchBytes { get; }

    private readonly int SumStride => plan.PanelsPerGroup * 2 * TVector.Count;

    /// <summary>Whether a tile's sum over all taps and channels is made in one go, without a look at other tiles.</summary>
    private readonly bool IsSummedAtOnce => plan.ReadsLines || (plan.TapsPerChunk >= taps && plan.ChannelsPerChunk >= channels);

    public readonly void Invoke(int index, byte* scratch)
    {
        int panelGroup = index % plan.PanelGroups;
        index /= plan.PanelGroups;
        int block = index % plan.Blocks;
        index /= plan.Blocks;
        var piece = new Piece
        {
            Group = index % groups,
            Variant = variants + index / groups,
            FirstPanel = panelGroup * plan.PanelsPerGroup,
            EndPanel = Math.Min((panelGroup + 1) * plan.PanelsPerGroup, layout.PanelCount),
            Table = (float**)scratch,
            Copies = (float*)(scratch + tableBytes + sumBytes),
        };
        float* sums = (float*)(scratch + tableBytes);
        Extent3 extent = Extent(*piece.Variant);
        int tileRows = plan.TileRows;
        int firstRow = block * plan.TilesPerBlock * tileRows;
        int endRow = Math.Min(firstRow + plan.TilesPerBlock * tileRows, RowCount(extent));
        TileRows rows = default;
        if (IsSummedAtOnce)
        {
            for (int row = firstRow; row < endRow; row += tileRows)
            {
                int count = Math.Min(tileRows, endRow - row);
                rows.Locate(map, *piece.Variant, extent, row, count);
                if (plan.PrefetchesNext)
                {
                    rows.PrefetchNext(map, *piece.Variant, channels);
                }

                if (plan.ReadsLines)
                {
                    MultiplyLines(piece, rows, count, sums);
                }
                else
                {
                    MultiplyChunk(piece, rows, count, 0..piece.Variant->TapCount, 0..channels, sums, accumulate: false);
                }

                Store(piece, rows, count, sums);
            }

            return;
        }

        for (int tap = 0; tap < piece.Variant->TapCount; tap += plan.TapsPerChunk)
        {
            int endTap = Math.Min(tap + plan.TapsPerChunk, piece.Variant->TapCount);
            for (int channel = 0; channel < channels; channel += plan.ChannelsPerChunk)
            {
                int endChannel = Math.Min(channel + plan.ChannelsPerChunk, channels);
                float* tile = sums;
                for (int row = firstRow; row < endRow; row += tileRows, tile += tileRows * SumStride)
                {
                    int count = Math.Min(tileRows, endRow - row);
                    rows.Locate(map, *piece.Variant, extent, row, count);
                    MultiplyChunk(piece, rows, count, tap..endTap, channel..endChannel, tile, accumulate: tap > 0 || channel > 0);
                    if (endTap == piece.Variant->TapCount && endChannel == channels)
                    {
                        Store(piece, rows, count, tile);
                    }
                }
            }
        }
    }

    /// <summary>The outputs that a variant computes along each axis.</summary>
    private readonly Extent3 Extent(in PackedVariant variant) => new(
        map.OutputExtent.Depth,
        (map.OutputExtent.Height - variant.FirstPhaseY + variant.PeriodY - 1) / variant.PeriodY,
        (map.OutputExtent.Width - variant.FirstPhaseX + variant.PeriodX - 1) / variant.PeriodX);

    private readonly int RowCount(Extent3 extent) => checked(map.Batch * extent.Depth * extent.Height * extent.Width);

    private readonly void MultiplyLines(in Piece piece, in TileRows rows, int count, float* sums)
    {
        int segments = rows.FillLineTable(map, *piece.Variant, channels, zeros, piece.Copies, piece.Table);
        Multiply(piece, count, segments, piece.Variant->Taps.Width * channels, sums, accumulate: false);
    }

    private readonly void MultiplyChunk(in Piece piece, in TileRows rows, int count, Range tapRange, Range channelRange, float* sums, bool accumulate)
    {
        int channel = channelRange.Start.Value;
        int length = channelRange.End.Value - channel;
        int segments = rows.FillTable(map, *piece.Variant, tapRange, piece.Group * channels + channel, channel, channels, zeros, piece.Table);
        Multiply(piece, count, segments, length, sums, accumulate);
    }

    private readonly void Multiply(in Piece piece, int count, int segments, int length, float* sums, bool accumulate)
    {
        long weightRows = (long)piece.Variant->TapCount * channels;
        float* groupPanels = piece.Variant->Panels + piece.Group * weightRows * layout.PaddedColumns;
        for (int panel = piece.FirstPanel; panel < piece.EndPanel; panel++, sums += 2 * TVector.Count)
        {
            float* weights = groupPanels + layout.FirstColumn(panel) * weightRows;
            if (layout.Width(panel) == TVector.Count)
            {
                MicroKernel.Multiply<SingleColumnGroup<TVector>>(count, piece.Table, segments, length, weights, sums, SumStride, accumulate);
            }
            else
            {
                MicroKernel.Multiply<ColumnPair<TVector>>(count, piece.Table, segments, length, weights, sums, SumStride, accumulate);
            }
        }
    }

    /// <summary>Stores a tile at every output position that shares its sums.</summary>
    private readonly void Store(in Piece piece, in TileRows rows, int count, float* sums)
    {
        int* outputRows = stackalloc int[MicroKernel.TableStride];
        int firstColumn = layout.FirstColumn(piece.FirstPanel);
        int columns = Math.Min(layout.Columns, layout.FirstColumn(piece.EndPanel)) - firstColumn;
        float* columnBias = bias + piece.Group * layout.PaddedColumns + firstColumn;
        PackedVariant* variant = piece.Variant;
        for (int phaseY = variant->FirstPhaseY; phaseY < variant->FirstPhaseY + variant->PhaseCountY; phaseY++)
        {
            for (int phaseX = variant->FirstPhaseX; phaseX < variant->FirstPhaseX + variant->PhaseCountX; phaseX++)
            {
                rows.OutputRows(map, *variant, phaseY, phaseX, count, outputRows);
                epilogue.Store<TVector>(sums, SumStride, columnBias, count, outputRows, piece.Group * layout.Columns + firstColumn, columns);
            }
        }
    }

    /// <summary>The part of the work that one index does, and its memory.</summary>
    private struct Piece
    {
        public PackedVariant* Variant;
        public int Group;
        public int FirstPanel;
        public int EndPanel;
        public float** Table;
        public float* Copies;
    }
}
