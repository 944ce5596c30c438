using Moda.Kernels.Cpu.Threading;
using Moda.Kernels.Cpu.Vector;

namespace Moda.Kernels.Cpu.Matrix;

/// <summary>
/// A depthwise convolution: vectors run along the channels, and four neighbouring outputs share each vector of weights.
/// </summary>
/// <remarks>Indexes: lines of the output. Weights are [panel][tap][channel of the panel].</remarks>
internal unsafe struct DepthwiseConvolution<TVector> : IScratchKernel
    where TVector : unmanaged, IFloatVector<TVector>
{
    private const int TileWidth = 4;

    private readonly ConvolutionMap map;
    private readonly TileEpilogue epilogue;
    private readonly float* weights;
    private readonly PanelLayout layout;
    private readonly float* bias;
    private readonly Extent3 kernel;
    private readonly Extent3 stride;
    private readonly Extent3 padding;
    private readonly int channels;
    private readonly int tileStride;

    public DepthwiseConvolution(PackedWeights weights, in ConvolutionMap map, in TileEpilogue epilogue)
    {
        this.map = map;
        this.epilogue = epilogue;
        this.weights = weights.Variants[0].Panels;
        bias = weights.Bias;
        kernel = weights.Geometry.Kernel;
        stride = weights.Geometry.Stride;
        padding = weights.Geometry.Padding;
        channels = weights.Geometry.InputChannels;
        layout = weights.Layout;
        tileStride = layout.PaddedColumns;
        IndexCount = map.Batch * map.OutputExtent.Depth * map.OutputExtent.Height;
    }

    /// <summary>The number of indexes.</summary>
    public int IndexCount { get; }

    public readonly long ScratchBytes =>
        (long)kernel.Depth * kernel.Height * sizeof(TapLine) + (long)TileWidth * tileStride * sizeof(float);

    /// <summary>Whether a convolution has this form.</summary>
    public static bool Applies(ConvolutionGeometry geometry) =>
        geometry.Groups > 1 && geometry.Groups == geometry.InputChannels && geometry.Groups == geometry.OutputChannels && geometry.Upsample == 1;

    public readonly void Invoke(int index, byte* scratch)
    {
        TapLine* lines = (TapLine*)scratch;
        int lineCount = FindLines(index, lines);
        float* tile = (float*)(lines + kernel.Depth * kernel.Height);
        int* outputRows = stackalloc int[TileWidth];
        int width = map.OutputExtent.Width;
        for (int x = 0; x < width; x += TileWidth)
        {
            int count = Math.Min(TileWidth, width - x);
            for (int r = 0; r < count; r++)
            {
                outputRows[r] = index * width + x + r;
            }

            int left = x * stride.Width - padding.Width;
            bool isInside = left >= 0 && left + (TileWidth - 1) * stride.Width + kernel.Width <= map.InputExtent.Width;
            for (int channel = 0; channel < channels; channel += TVector.Count)
            {
                if (isInside && channel + TVector.Count <= channels)
                {
                    SumFour(lines, lineCount, left, channel, tile + channel);
                    continue;
                }

                for (int r = 0; r < count; r++)
                {
                    SumOne(lines, lineCount, left + r * stride.Width, channel, tile + r * tileStride + channel);
                }
            }

            epilogue.Store<TVector>(tile, tileStride, bias, count, outputRows, 0, channels);
        }
    }

    /// <summary>Finds the input lines that an output line reads.</summary>
    private readonly int FindLines(int line, TapLine* lines)
    {
        Extent3 extent = map.InputExtent;
        int y = line % map.OutputExtent.Height * stride.Height - padding.Height;
        int plane = line / map.OutputExtent.Height;
        int z = plane % map.OutputExtent.Depth * stride.Depth - padding.Depth;
        int batch = plane / map.OutputExtent.Depth;
        int count = 0;
        for (int kernelZ = Math.Max(0, -z); kernelZ < Math.Min(kernel.Depth, extent.Depth - z); kernelZ++)
        {
            for (int kernelY = Math.Max(0, -y); kernelY < Math.Min(kernel.Height, extent.Height - y); kernelY++)
            {
                long position = (((long)batch * extent.Depth + z + kernelZ) * extent.Height + y + kernelY) * extent.Width;
                lines[count++] = new TapLine
                {
                    Input = map.Input + position * map.Stride,
                    FirstTap = (kernelZ * kernel.Height + kernelY) * kernel.Width,
                };
            }
        }

        return count;
    }

    /// <summary>Sums of one vector of channels for four outputs that read nothing outside the lines.</summary>
    private readonly void SumFour(TapLine* lines, int lineCount, int left, int channel, float* sums)
    {
        float* panel = Panel(channel, out int panelWidth);
        long step = (long)stride.Width * map.Stride;

        // There must be no call from here on: a call saves no vector registers, so the sums would be kept in memory.
        TVector sum0 = default;
        TVector sum1 = default;
        TVector sum2 = default;
        TVector sum3 = default;
        for (int line = 0; line < lineCount; line++)
        {
            float* weight = panel + lines[line].FirstTap * panelWidth;
            float* input = lines[line].Input + (long)left * map.Stride + channel;
            for (int kernelX = 0; kernelX < kernel.Width; kernelX++, weight += panelWidth, input += map.Stride)
            {
                TVector factor = TVector.Load(weight);
                sum0 = TVector.MultiplyAdd(factor, TVector.Load(input), sum0);
                sum1 = TVector.MultiplyAdd(factor, TVector.Load(input + step), sum1);
                sum2 = TVector.MultiplyAdd(factor, TVector.Load(input + 2 * step), sum2);
                sum3 = TVector.MultiplyAdd(factor, TVector.Load(input + 3 * step), sum3);
            }
        }

        TVector.Store(sum0, sums);
        TVector.Store(sum1, sums + tileStride);
        TVector.Store(sum2, sums + 2 * tileStride);
        TVector.Store(sum3, sums + 3 * tileStride);
    }

    /// <summary>Sums of one vector of channels, the last of which may be incomplete, for an output that may read outside the lines.</summary>
    private readonly void SumOne(TapLine* lines, int lineCount, int left, int channel, float* sums)
    {
        float* panel = Panel(channel, out int panelWidth);
        int firstX = Math.Max(0, -left);
        int endX = Math.Min(kernel.Width, map.InputExtent.Width - left);
        int valid = Math.Min(TVector.Count, channels - channel);
        TVector sum = default;
        for (int line = 0; line < lineCount; line++)
        {
            float* weight = panel + (lines[line].FirstTap + firstX) * panelWidth;
            float* input = lines[line].Input + (long)(left + firstX) * map.Stride + channel;
            for (int kernelX = firstX; kernelX < endX; kernelX++, weight += panelWidth, input += map.Stride)
            {
                sum = TVector.MultiplyAdd(
                    TVector.Load(weight), valid < TVector.Count ? TVector.LoadPartial(input, valid) : TVector.Load(input), sum);
            }
        }

        TVector.Store(sum, sums);
    }

    /// <summary>The weights of a vector of channels at the first tap, and the distance to the next.</summary>
    private readonly float* Panel(int channel, out int width)
    {
        int panel = layout.PanelOf(channel);
        width = layout.Width(panel);
        int taps = kernel.Depth * kernel.Height * kernel.Width;
        return weights + layout.FirstColumn(panel) * (taps - 1) + channel;
    }

    /// <summary>An input line that an output line reads, and the first of the taps that fall on it.</summary>
    private struct TapLine
    {
        public float* Input;
        public int FirstTap;
    }
}
