using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Moda.Kernels.Cpu.Matrix;

/// <summary>
/// The rows of one tile: where each starts to read, and the output that it belongs to. It writes the micro-kernel's table, all rows of a
/// tap at once, in sixteen lanes; lanes past the last row repeat that row.
/// </summary>
internal unsafe struct TileRows
{
    private const int Lanes = 16;

    private fixed long addresses[2 * Lanes];
    private fixed int inputZ[2 * Lanes];
    private fixed int inputY[2 * Lanes];
    private fixed int inputX[2 * Lanes];
    private fixed int planes[2 * Lanes];
    private fixed int outputY[2 * Lanes];
    private fixed int outputX[2 * Lanes];

    /// <summary>Finds the rows of a tile; rows past the last repeat it, so that their addresses are valid too.</summary>
    /// <param name="map">The maps.</param>
    /// <param name="variant">The outputs and their origins.</param>
    /// <param name="extent">Outputs of the variant along depth, height and width.</param>
    /// <param name="firstRow">The first row: batch, depth, height and width flattened.</param>
    /// <param name="rows">Rows of the tile.</param>
    public void Locate(in ConvolutionMap map, in PackedVariant variant, Extent3 extent, int firstRow, int rows)
    {
        int x = firstRow % extent.Width;
        int rest = firstRow / extent.Width;
        int y = rest % extent.Height;
        rest /= extent.Height;
        int z = rest % extent.Depth;
        int n = rest / extent.Depth;
        for (int lane = 0; lane < Lanes;)
        {
            // Rows of one line differ in x only. Lanes past the end of the line are overwritten by the next line.
            LocateLine(map, variant, lane, n, z, y, x, Math.Min(extent.Width - x, rows - lane), n * extent.Depth + z);
            lane += extent.Width - x;
            if (lane >= rows)
            {
                return;
            }

            x = 0;
            if (++y == extent.Height)
            {
                y = 0;
                if (++z == extent.Depth)
                {
                    z = 0;
                    n++;
                }
            }
        }
    }

    /// <summary>Asks for what the next tile will be the first to read: the last tap of the positions that follow.</summary>
    public readonly void PrefetchNext(in ConvolutionMap map, in PackedVariant variant, int channels)
    {
        if (Sse.IsSupported)
        {
            Extent3 extent = map.InputExtent;
            long last = ((long)(variant.Taps.Depth - 1) * extent.Height + variant.Taps.Height - 1) * extent.Width + variant.Taps.Width - 1;
            int step = variant.Step.Width * map.Stride * sizeof(float);
            byte* next = (byte*)addresses[MicroKernel.TableRows - 1] + last * map.Stride * sizeof(float) + step;
            for (int r = 0; r < MicroKernel.TableRows; r++, next += step)
            {
                for (int offset = 0; offset < channels * sizeof(float); offset += 64)
                {
                    Sse.Prefetch1(next + offset);
                }
            }
        }
    }

    /// <summary>The positions in the output of the rows, at one phase of the variant; -1 beyond the output.</summary>
    public readonly void OutputRows(in ConvolutionMap map, in PackedVariant variant, int phaseY, int phaseX, int rows, int* destination)
    {
        Extent3 extent = map.OutputExtent;
        for (int r = 0; r < rows; r++)
        {
            int y = outputY[r] * variant.PeriodY + phaseY;
            int x = outputX[r] * variant.PeriodX + phaseX;
            destination[r] = y < extent.Height && x < extent.Width ? (planes[r] * extent.Height + y) * extent.Width + x : -1;
        }
    }

    /// <summary>Finds the rows of one line, from a lane on; those past the last repeat it.</summary>
    private void LocateLine(in ConvolutionMap map, in PackedVariant variant, int lane, int n, int z, int y, int x, int rows, int plane)
    {
        Extent3 input = map.InputExtent;
        int readZ = z * variant.Step.Depth + variant.Origin.Depth;
        int readY = y * variant.Step.Height + variant.Origin.Height;
        int readX = x * variant.Step.Width + variant.Origin.Width;
        long position = (((long)n * input.Depth + readZ) * input.Height + readY) * input.Width + readX;
        long address = (long)(map.Input + position * map.Stride);
        long step = (long)variant.Step.Width * map.Stride * sizeof(float);
        Vector512<int> offsets = Vector512.Min(Vector512<int>.Indices, Vector512.Create(rows - 1));
        (Vector512<long> low, Vector512<long> high) = Vector512.Widen(offsets);
        fixed (TileRows* self = &this)
        {
            // The arrays are a vector longer than the lanes, so a store at the last lane stays inside.
            (Vector512.Create(address) + low * step).Store(self->addresses + lane);
            (Vector512.Create(address) + high * step).Store(self->addresses + lane + Vector512<long>.Count);
            Vector512.Create(readZ).Store(self->inputZ + lane);
            Vector512.Create(readY).Store(self->inputY + lane);
            (Vector512.Create(readX) + offsets * variant.Step.Width).Store(self->inputX + lane);
            Vector512.Create(plane).Store(self->planes + lane);
            Vector512.Create(y).Store(self->outputY + lane);
            (Vector512.Create(x) + offsets).Store(self->outputX + lane);
        }
    }

    /// <summary>Writes a segment for each tap of a range that any row reaches.</summary>
    /// <param name="map">The maps.</param>
    /// <param name="variant">The taps.</param>
    /// <param name="taps">The range, in the order z, y, x.</param>
    /// <param name="firstChannel">The first input channel to read.</param>
    /// <param name="firstWeightRow">The weight row of the first tap's first channel, in a panel.</param>
    /// <param name="weightRowsPerTap">Weight rows of a tap.</param>
    /// <param name="zeros">Read for a position outside the map.</param>
    /// <param name="table">Receives the segments.</param>
    /// <returns>The number of segments.</returns>
    [SkipLocalsInit]
    public readonly int FillTable(
        in ConvolutionMap map, in PackedVariant variant, Range taps, int firstChannel, nint firstWeightRow, int weightRowsPerTap, float* zeros, float** table)
    {
        Extent3 extent = map.InputExtent;
        Vector512<int> z, y, x;
        Vector512<long> low, high;
        fixed (TileRows* self = &this)
        {
            z = Vector512.Load(self->inputZ);
            y = Vector512.Load(self->inputY);
            x = Vector512.Load(self->inputX);
            low = Vector512.Load(self->addresses);
            high = Vector512.Load(self->addresses + Vector512<long>.Count);
        }

        Vector512<long> outside = Vector512.Create((long)zeros);
        Vector512<uint> depth = Vector512.Create((uint)extent.Depth);
        Vector512<uint> height = Vector512.Create((uint)extent.Height);
        Vector512<uint> width = Vector512.Create((uint)extent.Width);
        int tapX = taps.Start.Value % variant.Taps.Width;
        int tapY = taps.Start.Value / variant.Taps.Width % variant.Taps.Height;
        int tapZ = taps.Start.Value / variant.Taps.Width / variant.Taps.Height;
        float** start = table;
        for (int tap = taps.Start.Value; tap < taps.End.Value; tap++)
        {
            Vector512<int> inside = (Vector512.LessThan((z + Vector512.Create(tapZ)).AsUInt32(), depth)
                & Vector512.LessThan((y + Vector512.Create(tapY)).AsUInt32(), height)
                & Vector512.LessThan((x + Vector512.Create(tapX)).AsUInt32(), width)).AsInt32();
            if (inside != Vector512<int>.Zero)
            {
                long offset = ((((long)tapZ * extent.Height + tapY) * extent.Width + tapX) * map.Stride + firstChannel) * sizeof(float);
                Vector512<long> step = Vector512.Create(offset);
                (Vector512<long> insideLow, Vector512<long> insideHigh) = Vector512.Widen(inside);
                Vector512.ConditionalSelect(insideLow, low + step, outside).Store((long*)table);
                Vector512.ConditionalSelect(insideHigh, high + step, outside).Store((long*)table + Vector512<long>.Count);
                table[MicroKernel.WeightRowSlot] = (float*)(firstWeightRow + (nint)tap * weightRowsPerTap);
                table += MicroKernel.TableStride;
            }

            if (++tapX == variant.Taps.Width)
            {
                tapX = 0;
                if (++tapY == variant.Taps.Height)
                {
                    tapY = 0;
                    tapZ++;
                }
            }
        }

        return (int)((table - start) / MicroKernel.TableStride);
    }

    /// <summary>
    /// Writes one segment for each line of taps. The taps of a line are one run of memory, since positions follow each other without gaps.
    /// Rows whose run would leave the line read a copy that is padded with zeros.
    /// </summary>
    /// <param name="map">The maps; positions have no gaps.</param>
    /// <param name="variant">The taps.</param>
    /// <param name="channels">Input channels.</param>
    /// <param name="zeros">As many zeros as a line of taps has elements.</param>
    /// <param name="copies">Room for <see cref="MicroKernel.TableStride"/> runs for each line of taps.</param>
    /// <param name="table">Receives the segments.</param>
    /// <returns>The number of segments.</returns>
    public readonly int FillLineTable(
        in ConvolutionMap map, in PackedVariant variant, int channels, float* zeros, float* copies, float** table)
    {
        Extent3 extent = map.InputExtent;
        int length = variant.Taps.Width * channels;
        int segments = 0;
        for (int tapZ = 0; tapZ < variant.Taps.Depth; tapZ++)
        {
            for (int tapY = 0; tapY < variant.Taps.Height; tapY++)
            {
                bool reached = false;
                long offset = ((long)tapZ * extent.Height + tapY) * extent.Width * channels;
                for (int r = 0; r < MicroKernel.TableRows; r++, copies += length)
                {
                    float* run = (float*)addresses[r] + offset;
                    int before = Math.Max(0, -inputX[r]);
                    int after = Math.Max(0, inputX[r] + variant.Taps.Width - extent.Width);
                    int within = variant.Taps.Width - before - after;
                    if (within <= 0 || (uint)(inputZ[r] + tapZ) >= (uint)extent.Depth || (uint)(inputY[r] + tapY) >= (uint)extent.Height)
                    {
                        table[r] = zeros;
                        continue;
                    }

                    reached = true;
                    if (within < variant.Taps.Width)
                    {
                        var copy = new Span<float>(copies, length);
                        copy[..(before * channels)].Clear();
                        new ReadOnlySpan<float>(run + before * channels, within * channels).CopyTo(copy[(before * channels)..]);
                        copy[((before + within) * channels)..].Clear();
                        run = copies;
                    }

                    table[r] = run;
                }

                if (reached)
                {
                    table[MicroKernel.WeightRowSlot] = (float*)((nint)(tapZ * variant.Taps.Height + tapY) * length);
                    table += MicroKernel.TableStride;
                    segments++;
                }
            }
        }

        return segments;
    }
}
