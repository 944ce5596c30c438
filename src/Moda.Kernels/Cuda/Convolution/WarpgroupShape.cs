using System.Numerics;
using Moda.Kernels.Convolution;
using Moda.Kernels.Cuda.Abi;

namespace Moda.Kernels.Cuda.Convolution;

/// <summary>
/// The outputs of a tile of <c>convolution_wgmma.cuh</c>, and how a convolution is cut into such tiles and boxes of the input that each
/// serve as many taps as they can (<c>convolution_wgmma_tiles.cuh</c>).
/// </summary>
/// <param name="Rows">Output positions.</param>
/// <param name="Columns">Output channels.</param>
/// <param name="KeepsBatchElementsApart">Whether a tile lies in one batch element, however small its map.</param>
internal readonly record struct WarpgroupShape(int Rows, int Columns, bool KeepsBatchElementsApart = false)
{
    /// <summary><c>STEP_CHANNELS</c> of <c>convolution_wgmma_tiles.cuh</c>: input channels of a step of a sum.</summary>
    public const int StepChannels = 64;

    /// <summary><c>RING_BYTES</c> of <c>convolution_wgmma.cuh</c>: what boxes and weights share.</summary>
    public const int RingBytes = 222 * 1024;

    /// <summary>Where a box begins in shared memory: at a multiple of this.</summary>
    public const int RingAlignment = 1024;

    /// <summary><c>MAXIMUM_INPUT_STAGES</c>.</summary>
    public const int MaximumInputStages = 8;

    /// <summary><c>MAXIMUM_WEIGHT_STAGES</c>.</summary>
    public const int MaximumWeightStages = 16;

    /// <summary>What the copy engine allows a box along each axis.</summary>
    public const int MaximumBoxExtent = 256;

    private const int StepBytes = 128;
    private const int RowsOfProduct = 64;

    /// <summary>Dynamic shared memory of a block.</summary>
    public static int SharedBytes => RingBytes + RingAlignment;

    /// <summary>Spreads the outputs of a variant over boxes that fill tiles.</summary>
    /// <param name="extent">Output positions of the variant with the most.</param>
    /// <param name="batch">Batch elements.</param>
    /// <param name="plan">The convolution.</param>
    /// <param name="splitK">Blocks that share the sums of a tile.</param>
    public KernelConvolutionBoxes BoxesFor(Extent3 extent, int batch, TensorCorePlan plan, int splitK)
    {
        Extent3 taps = plan.MostTaps;
        int left = BitOperations.Log2((uint)Rows);
        int productLog = BitOperations.Log2(RowsOfProduct);

        // Taps along the width share a box only where the 64 positions of a product lie in one of its lines.
        bool sharesWidth = taps.Width > 1 && extent.Width > RowsOfProduct / 2;
        int width = Take(sharesWidth ? RowsOfProduct : extent.Width);
        int height = Take(extent.Height);
        int depth = Take(extent.Depth);
        if (KeepsBatchElementsApart)
        {
            height += left;
            left = 0;
        }

        bool sharesHeight = taps.Height > 1 && width <= productLog && width + height >= productLog;
        var boxes = new KernelConvolutionBoxes
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
            SplitK = splitK,
        };
        return TryShare(ref boxes, sharesWidth, sharesHeight, plan) || TryShare(ref boxes, sharesWidth, false, plan) || TryShare(ref boxes, false, false, plan)
            ? boxes
            : throw new InvalidOperationException("Shared memory does not hold two boxes of a tile's own positions.");

        int Take(int positions)
        {
            int own = Math.Min(BitOperations.Log2(BitOperations.RoundUpToPowerOf2((uint)Math.Min(positions, MaximumBoxExtent))), left);
            left -= own;
            return own;
        }

        static int Count(int positions, int log) => (positions + (1 << log) - 1) >> log;
    }

    /// <summary>
    /// The boxes of the input that every tile's sum needs: blocks can share no more. Variants differ in their taps, and at the border of a
    /// volume one tap along the depth may be all that reaches the input.
    /// </summary>
    public static int BoxesOfSum(in KernelConvolutionBoxes boxes, TensorCorePlan plan)
    {
        int fewest = int.MaxValue;
        foreach (ConvolutionVariant variant in plan.Variants)
        {
            int width = boxes.SharesWidth != 0 ? 1 : variant.Taps.Width;
            int height = boxes.SharesHeight != 0 ? 1 : variant.Taps.Height;
            fewest = Math.Min(fewest, width * height);
        }

        return plan.Choice.PaddedInputs / StepChannels * fewest;
    }

    /// <summary>Divides shared memory between boxes and weights so that as many steps as possible are on their way.</summary>
    /// <returns>Whether there is room for two boxes and two tiles of weights.</returns>
    private bool TryShare(ref KernelConvolutionBoxes boxes, bool sharesWidth, bool sharesHeight, TensorCorePlan plan)
    {
        Extent3 taps = plan.MostTaps;
        boxes.SharesWidth = sharesWidth ? 1 : 0;
        boxes.SharesHeight = sharesHeight ? 1 : 0;
        boxes.Pitch = (1 << boxes.WidthLog) + (sharesWidth ? taps.Width - 1 : 0);
        boxes.Lines = (1 << boxes.HeightLog) + (sharesHeight ? taps.Height - 1 : 0);
        if (boxes.Pitch > MaximumBoxExtent || boxes.Lines > MaximumBoxExtent)
        {
            return false;
        }

        boxes.InputBytes = (boxes.Pitch * boxes.Lines * boxes.BatchStep << boxes.DepthLog) * StepBytes;
        int stageBytes = (boxes.InputBytes + RingAlignment - 1) / RingAlignment * RingAlignment;
        double served = 0;
        foreach (ConvolutionVariant variant in plan.Variants)
        {
            served += (sharesWidth ? variant.Taps.Width : 1.0) * (sharesHeight ? variant.Taps.Height : 1.0);
        }

        served /= plan.Variants.Length;
        double most = 0;
        for (int inputs = 2; inputs <= MaximumInputStages; inputs++)
        {
            int weights = Math.Min((RingBytes - (inputs * stageBytes)) / (Columns * StepBytes), MaximumWeightStages);
            double steps = Math.Min(inputs * served, weights);
            if (weights >= 2 && steps > most)
            {
                (boxes.InputStages, boxes.WeightStages, most) = (inputs, weights, steps);
            }
        }

        return most > 0;
    }
}
