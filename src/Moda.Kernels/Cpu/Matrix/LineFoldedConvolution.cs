using Moda.Kernels.Cpu.Threading;
using Moda.Kernels.Cpu.Vector;

namespace Moda.Kernels.Cpu.Matrix;

/// <summary>
/// A convolution with few outputs. The columns of the matrix product are all pairs of an output and a tap along the width, so each input
/// position is multiplied once by all of them; then each output adds up its taps from neighbouring positions. This fills the vectors
/// better: seven taps of 22 outputs fill 154 of 160 columns, where 22 outputs alone would fill 22 of 32.
/// </summary>
/// <remarks>Indexes: blocks of lines, or of parts of a line where lines are long.</remarks>
internal unsafe struct LineFoldedConvolution<TVector> : IScratchKernel
    where TVector : unmanaged, IFloatVector<TVector>
{
    /// <summary>Rows of a block: their sums stay in the second-level cache.</summary>
    private const int BlockRows = 256;

    /// <summary>Weights of all panels that are read for each tile of a block.</summary>
    private const int ChunkWeightBytes = 384 * 1024;

    private readonly ConvolutionMap map;
    private readonly TileEpilogue epilogue;
    private readonly PackedVariant* variant;
    private readonly PanelLayout layout;
    private readonly float* bias;
    private readonly float* zeros;
    private readonly int channels;
    private readonly int outputs;
    private readonly int lineTaps;
    private readonly int padding;
    private readonly int linesPerBlock;
    private readonly int widthPerBlock;
    private readonly int blocksPerLine;
    private readonly int tapsPerChunk;
    private readonly int sumStride;
    private readonly int outputStride;
    private readonly int tableBytes;
    private readonly int sumBytes;

    public LineFoldedConvolution(PackedWeights weights, in ConvolutionMap map, in TileEpilogue epilogue, int threadCount)
    {
        this.map = map;
        this.epilogue = epilogue;
        variant = weights.Variants;
        layout = weights.Layout;
        bias = weights.Bias;
        zeros = weights.Zeros;
        channels = weights.Inputs;
        outputs = weights.Outputs;
        lineTaps = weights.Geometry.Kernel.Width;
        padding = weights.Geometry.Padding.Width;

        sumStride = layout.PaddedColumns;
        outputStride = (outputs + TVector.Count - 1) / TVector.Count * TVector.Count;
        int width = map.OutputExtent.Width;
        int lines = LineCount;
        blocksPerLine = (width + BlockRows - 1) / BlockRows;
        widthPerBlock = (width + blocksPerLine - 1) / blocksPerLine;
        linesPerBlock = Math.Clamp(Math.Min(BlockRows / map.InputExtent.Width, lines / (4 * threadCount)), 1, lines);
        IndexCount = (lines + linesPerBlock - 1) / linesPerBlock * blocksPerLine;
        tapsPerChunk = Math.Clamp(ChunkWeightBytes / (channels * layout.PaddedColumns * sizeof(float)), 1, variant->TapCount);

        int rows = blocksPerLine == 1 ? linesPerBlock * map.InputExtent.Width : widthPerBlock + lineTaps - 1;
        tableBytes = tapsPerChunk * MicroKernel.TableStride * sizeof(float*);

        // Sums are read a vector at a time. The last read goes beyond the sums; the extra elements are not used.
        sumBytes = ((rows + MicroKernel.TableRows) * layout.PaddedColumns + TVector.Count) * sizeof(float);
        ScratchBytes = tableBytes + sumBytes + MicroKernel.TableRows * outputStride * sizeof(float);
    }

    /// <summary>The number of indexes.</summary>
    public int IndexCount { get; }

    public long ScratchBytes { get; }

    private readonly int LineCount => map.Batch * map.OutputExtent.Depth * map.OutputExtent.Height;

    /// <summary>Whether the folded columns are at least a tenth fewer vectors than the outputs' own columns for each tap.</summary>
    public static bool Pays(ConvolutionGeometry geometry)
    {
        int vector = TVector.Count;
        int folded = (geometry.Kernel.Width * geometry.OutputChannels + vector - 1) / vector;
        int direct = geometry.Kernel.Width * ((geometry.OutputChannels + vector - 1) / vector);
        return geometry.Groups == 1 && geometry.Upsample == 1 && geometry.Stride.Width == 1 && 10 * folded < 9 * direct;
    }

    public readonly void Invoke(int index, byte* scratch)
    {
        float** table = (float**)scratch;
        float* sums = (float*)(scratch + tableBytes);
        float* outputTile = (float*)(scratch + tableBytes + sumBytes);
        int firstLine = index / blocksPerLine * linesPerBlock;
        int lines = Math.Min(linesPerBlock, LineCount - firstLine);
        int firstX = index % blocksPerLine * widthPerBlock;
        int endX = Math.Min(firstX + widthPerBlock, map.OutputExtent.Width);

        // The input positions that the block's outputs read: whole lines, unless the block is a part of one line.
        int width = map.InputExtent.Width;
        int firstInput = Math.Clamp(firstX - padding, 0, width - 1);
        int endInput = Math.Clamp(endX - padding + lineTaps - 1, firstInput + 1, width);
        if (lines > 1)
        {
            firstInput = 0;
            endInput = width;
        }

        int firstRow = firstLine * width + firstInput;
        int rowCount = (lines - 1) * width + endInput - firstInput;
        Multiply(firstRow, rowCount, table, sums);
        for (int line = 0; line < lines; line++)
        {
            float* lineSums = sums + (line * width - firstInput) * sumStride;
            AddTaps(firstLine + line, firstX, endX, firstInput, endInput, lineSums, outputTile);
        }
    }

    /// <summary>Sums of all columns for a range of input positions.</summary>
    private readonly void Multiply(int firstRow, int rowCount, float** table, float* sums)
    {
        var extent = new Extent3(map.OutputExtent.Depth, map.OutputExtent.Height, map.InputExtent.Width);
        int tileRows = MicroKernel.MaximumRows<TVector>();
        long weightRows = (long)variant->TapCount * channels;
        TileRows rows = default;
        for (int tap = 0; tap < variant->TapCount; tap += tapsPerChunk)
        {
            int endTap = Math.Min(tap + tapsPerChunk, variant->TapCount);
            for (int row = 0; row < rowCount; row += tileRows)
            {
                int count = Math.Min(tileRows, rowCount - row);
                rows.Locate(map, *variant, extent, firstRow + row, count);
                int segments = rows.FillTable(map, *variant, tap..endTap, 0, 0, channels, zeros, table);
                for (int panel = 0; panel < layout.PanelCount; panel++)
                {
                    float* weights = variant->Panels + layout.FirstColumn(panel) * weightRows;
                    float* tile = sums + row * sumStride + layout.FirstColumn(panel);
                    if (layout.Width(panel) == TVector.Count)
                    {
                        MicroKernel.Multiply<SingleColumnGroup<TVector>>(count, table, segments, channels, weights, tile, sumStride, tap > 0);
                    }
                    else
                    {
                        MicroKernel.Multiply<ColumnPair<TVector>>(count, table, segments, channels, weights, tile, sumStride, tap > 0);
                    }
                }
            }
        }
    }

    /// <summary>Adds up the taps of each output of a line and stores it.</summary>
    private readonly void AddTaps(int line, int firstX, int endX, int firstInput, int endInput, float* lineSums, float* tile)
    {
        int* outputRows = stackalloc int[MicroKernel.TableRows];
        for (int x = firstX; x < endX; x += MicroKernel.TableRows)
        {
            int count = Math.Min(MicroKernel.TableRows, endX - x);
            for (int r = 0; r < count; r++)
            {
                outputRows[r] = line * map.OutputExtent.Width + x + r;
                int firstTap = Math.Max(0, firstInput - (x + r - padding));
                int endTap = Math.Min(lineTaps, endInput - (x + r - padding));
                for (int column = 0; column < outputStride; column += TVector.Count)
                {
                    TVector sum = TVector.Broadcast(0);
                    for (int tap = firstTap; tap < endTap; tap++)
                    {
                        sum += TVector.Load(lineSums + (x + r - padding + tap) * sumStride + tap * outputs + column);
                    }

                    TVector.Store(sum, tile + r * outputStride + column);
                }
            }

            epilogue.Store<TVector>(tile, outputStride, bias, count, outputRows, 0, outputs);
        }
    }
}
