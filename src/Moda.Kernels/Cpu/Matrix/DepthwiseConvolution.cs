using System.Runtime.CompilerServices;
using Moda.Kernels.Cpu.Vector;

namespace Moda.Kernels.Cpu.Matrix;

/// <summary>
/// A convolution whose channels don't mix: vectors run along the channels, and four neighbouring outputs share each vector of weights.
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
        IndexCount = map.Batch * map.OutputExtent.Depth * map.OutputExtent.Height;
    }

    /// <summary>The number of indexes.</summary>
    public int IndexCount { get; }

    public readonly long ScratchBytes => (long)TileWidth * layout.PaddedColumns * sizeof(float);

    /// <summary>Whether a convolution has this form.</summary>
    public static bool Applies(ConvolutionGeometry geometry) =>
        geometry.Groups > 1 && geometry.Groups == geometry.InputChannels && geometry.Groups == geometry.OutputChannels && geometry.Upsample == 1;

    public readonly void Invoke(int index, byte* scratch)
    {
        float* tile = (float*)scratch;
        int* outputRows = stackalloc int[TileWidth];
        int width = map.OutputExtent.Width;
        for (int x = 0; x < width; x += TileWidth)
        {
            int count = Math.Min(TileWidth, width - x);
            for (int r = 0; r < count; r++)
            {
                outputRows[r] = index * width + x + r;
            }

            int channel = 0;
            for (; channel <= channels - TVector.Count; channel += TVector.Count)
            {
                Sum(index, x, channel, TVector.Count, tile + channel);
            }

            if (channel < channels)
            {
                Sum(index, x, channel, channels - channel, tile + channel);
            }

            epilogue.Store<TVector>(tile, layout.PaddedColumns, bias, count, outputRows, 0, channels);
        }
    }

    /// <summary>Sums of one vector of channels, for up to four outputs of a line.</summary>
    private readonly void Sum(int line, int x, int channel, int valid, float* sums)
    {
        TVector sum0 = TVector.Broadcast(0);
        TVector sum1 = sum0;
        TVector sum2 = sum0;
        TVector sum3 = sum0;
        int panel = layout.PanelOf(channel);
        int panelWidth = layout.Width(panel);
        float* panelWeights = weights + layout.FirstColumn(panel) * (kernel.Depth * kernel.Height * kernel.Width - 1) + channel;
        Extent3 extent = map.InputExtent;
        int y = line % map.OutputExtent.Height * stride.Height - padding.Height;
        int plane = line / map.OutputExtent.Height;
        int z = plane % map.OutputExtent.Depth * stride.Depth - padding.Depth;
        int batch = plane / map.OutputExtent.Depth;
        for (int kernelZ = Math.Max(0, -z); kernelZ < Math.Min(kernel.Depth, extent.Depth - z); kernelZ++)
        {
            for (int kernelY = Math.Max(0, -y); kernelY < Math.Min(kernel.Height, extent.Height - y); kernelY++)
            {
                long position = (((long)batch * extent.Depth + z + kernelZ) * extent.Height + y + kernelY) * extent.Width;
                float* row = map.Input + position * map.Stride + channel;
                float* weight = panelWeights + (kernelZ * kernel.Height + kernelY) * kernel.Width * panelWidth;
                for (int kernelX = 0; kernelX < kernel.Width; kernelX++, weight += panelWidth)
                {
                    TVector factor = TVector.Load(weight);
                    int inputX = x * stride.Width - padding.Width + kernelX;
                    sum0 = TVector.MultiplyAdd(Load(row, inputX, valid), factor, sum0);
                    sum1 = TVector.MultiplyAdd(Load(row, inputX + stride.Width, valid), factor, sum1);
                    sum2 = TVector.MultiplyAdd(Load(row, inputX + 2 * stride.Width, valid), factor, sum2);
                    sum3 = TVector.MultiplyAdd(Load(row, inputX + 3 * stride.Width, valid), factor, sum3);
                }
            }
        }

        TVector.Store(sum0, sums);
        TVector.Store(sum1, sums + layout.PaddedColumns);
        TVector.Store(sum2, sums + 2 * layout.PaddedColumns);
        TVector.Store(sum3, sums + 3 * layout.PaddedColumns);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly TVector Load(float* row, int x, int valid) =>
        (uint)x >= (uint)map.InputExtent.Width ? TVector.Broadcast(0)
        : valid == TVector.Count ? TVector.Load(row + (long)x * map.Stride)
        : TVector.LoadPartial(row + (long)x * map.Stride, valid);
}
