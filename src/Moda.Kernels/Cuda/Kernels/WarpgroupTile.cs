using System.Numerics;
using System.Runtime.InteropServices;
using Moda.Kernels.Cuda.Interop;

namespace Moda.Kernels.Cuda.Kernels;

/// <summary>A kernel of <c>convolution_wgmma.cu</c>: the outputs of its tile.</summary>
internal sealed class WarpgroupTile
{
    /// <summary><c>STEP_CHANNELS</c> of <c>convolution_wgmma.cu</c>: input channels of a step of a sum.</summary>
    public const int StepChannels = 64;

    private const int StepBytes = 128;
    private const int RingBytes = 208 * 1024;
    private const int RingAlignment = 1024;
    private const int Threads = 384;
    private const int Multipliers = 2;
    private const int RowsOfProduct = 64;

    /// <summary>Takes the kernel and allows it the shared memory that it needs.</summary>
    /// <param name="function">The kernel.</param>
    /// <param name="products">Products of 64 positions for each of the warp groups that multiply.</param>
    /// <param name="columns">Output channels.</param>
    /// <param name="stepTime">How long a step takes, in microseconds.</param>
    public WarpgroupTile(CudaFunction function, int products, int columns, double stepTime)
    {
        Function = function;
        Rows = Multipliers * RowsOfProduct * products;
        Columns = columns;
        StepTime = stepTime;
        int stageBytes = (Rows + columns) * StepBytes;
        SharedBytes = RingBytes / stageBytes * stageBytes + RingAlignment;
        Function.AllowDynamicSharedMemory(SharedBytes);
    }

    /// <summary>The kernel.</summary>
    public CudaFunction Function { get; }

    /// <summary>Output positions.</summary>
    public int Rows { get; }

    /// <summary>Output channels.</summary>
    public int Columns { get; }

    /// <summary>How long a step of the sum takes, in microseconds.</summary>
    public double StepTime { get; }

    private int SharedBytes { get; }

    /// <summary>Spreads the outputs of a variant over boxes that fill tiles.</summary>
    /// <param name="extent">Output positions of the variant with the most.</param>
    /// <param name="batch">Batch elements.</param>
    /// <param name="plan">The convolution.</param>
    /// <param name="splits">Blocks that share the sums of a tile.</param>
    public KernelConvolutionBoxes BoxesFor(Extent3 extent, int batch, TensorCorePlan plan, int splits)
    {
        int left = BitOperations.Log2((uint)Rows);
        int width = Take(extent.Width);
        int height = Take(extent.Height);
        int depth = Take(extent.Depth);
        return new KernelConvolutionBoxes
        {
            WidthLog = width,
            HeightLog = height,
            DepthLog = depth,
            CountX = Count(extent.Width, width),
            CountY = Count(extent.Height, height),
            CountZ = Count(extent.Depth, depth),
            CountN = Count(batch, left),
            BatchStep = 1 << left,
            ColumnTiles = (plan.Geometry.OutputChannels + Columns - 1) / Columns,
            Variants = plan.Variants.Length,
            PackedColumns = plan.Choice.TileColumns,
            Splits = splits,
        };

        int Take(int positions)
        {
            int own = Math.Min(BitOperations.Log2(BitOperations.RoundUpToPowerOf2((uint)positions)), left);
            left -= own;
            return own;
        }

        static int Count(int positions, int log) => (positions + (1 << log) - 1) >> log;
    }

    /// <summary>A launch: blocks stay on their multiprocessors and take tile after tile.</summary>
    public LaunchConfiguration Configuration(long tiles, int multiprocessors) =>
        new(new LaunchExtents((int)Math.Min(tiles, multiprocessors)), new LaunchExtents(Threads), SharedBytes);
}

/// <summary><c>convolution_boxes</c> of <c>convolution_wgmma.cu</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct KernelConvolutionBoxes
{
    public int WidthLog;
    public int HeightLog;
    public int DepthLog;
    public int CountX;
    public int CountY;
    public int CountZ;
    public int CountN;
    public int BatchStep;
    public int ColumnTiles;
    public int Variants;
    public int PackedColumns;
    public int Splits;

    /// <summary>Tiles over all variants and splits.</summary>
    public readonly long Tiles => checked((long)CountX * CountY * CountZ * CountN * ColumnTiles * Variants * Splits);
}

/// <summary><c>convolution_modulation</c> of <c>convolution_wgmma_output.cuh</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct KernelConvolutionModulation
{
    public ulong Input;
    public int InputStride;
    public int Factor;
    public ulong Statistics;
    public int StatisticsStride;
}
