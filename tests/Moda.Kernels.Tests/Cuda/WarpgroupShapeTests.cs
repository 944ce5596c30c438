using Moda.Kernels.Cuda.Abi;
using Moda.Kernels.Cuda.Convolution;
using Moda.Testing.Cases;
using Xunit;

namespace Moda.Kernels.Tests.Cuda;

/// <summary>How convolutions are cut into tiles and boxes of the input for <c>convolution_wgmma.cuh</c>.</summary>
public sealed class WarpgroupShapeTests
{
    /// <summary>Output positions and channels of every kernel's tile.</summary>
    public static TheoryData<int, int, bool> Shapes => new()
    {
        { 256, 32, false }, { 512, 32, false }, { 128, 64, false }, { 256, 64, false }, { 128, 128, false }, { 256, 128, false },
        { 128, 160, false }, { 256, 160, false }, { 256, 128, true },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Boxes_of_all_layers_fit_the_copy_engine_and_shared_memory(int rows, int columns, bool keepsBatchElementsApart)
    {
        var shape = new WarpgroupShape(rows, columns, keepsBatchElementsApart);
        int checkedLayers = 0;
        foreach (NetworkConvolution layer in NetworkConvolutions.All)
        {
            var choice = ConvolutionChoice.For(layer.Case.Geometry, ElementType.Float16, hasWarpgroupProducts: true);
            if (choice.Method != ConvolutionMethod.Warpgroups)
            {
                continue;
            }

            var plan = new TensorCorePlan(layer.Case.Geometry, choice);
            foreach (int batch in (int[])[1, 3, 8])
            {
                KernelConvolutionBoxes boxes = shape.BoxesFor(VariantExtent(layer.Case, plan), batch, plan, splitK: 1);
                Check(boxes, shape, plan);
                checkedLayers++;
            }
        }

        Assert.True(checkedLayers > 60);
    }

    [Fact]
    public void A_box_serves_all_taps_that_reach_it()
    {
        var shape = new WarpgroupShape(256, 128);

        // Lines as long as a product: four of them and what taps reach above, below and beside.
        KernelConvolutionBoxes plane = Boxes(shape, new ConvolutionCase(512, 512, 1, new(1, 64, 64)) { Kernel = new(1, 3, 3), Padding = new(0, 1, 1) });
        Assert.Equal((66, 6, 1, 1), (plane.Pitch, plane.Lines, plane.SharesWidth, plane.SharesHeight));
        Assert.Equal(66 * 6 * 128, plane.InputBytes);

        // Shorter lines: taps beside each other need boxes of their own.
        KernelConvolutionBoxes small = Boxes(shape, new ConvolutionCase(256, 256, 1, new(16, 16, 16)) { Kernel = new(3, 3, 3), Padding = new(1, 1, 1) });
        Assert.Equal((16, 18, 0, 1), (small.Pitch, small.Lines, small.SharesWidth, small.SharesHeight));

        // A product spans several planes: nothing is shared.
        KernelConvolutionBoxes tiny = Boxes(shape, new ConvolutionCase(256, 256, 1, new(16, 4, 4)) { Kernel = new(3, 3, 3), Padding = new(1, 1, 1) });
        Assert.Equal((4, 4, 0, 0), (tiny.Pitch, tiny.Lines, tiny.SharesWidth, tiny.SharesHeight));

        // Merged taps of an upsampled map are two a side at most.
        KernelConvolutionBoxes upsampled = Boxes(
            shape, new ConvolutionCase(256, 128, 1, new(1, 64, 64)) { Kernel = new(1, 3, 3), Padding = new(0, 1, 1), Upsample = 4 });
        Assert.Equal((65, 5, 9), (upsampled.Pitch, upsampled.Lines, upsampled.Variants));
    }

    [Fact]
    public void A_tile_that_keeps_batch_elements_apart_lies_in_one()
    {
        var convolution = new ConvolutionCase(128, 256, 4, new(1, 5, 6)) { Kernel = new(1, 3, 3), Padding = new(0, 1, 1) };
        Assert.Equal(1, Boxes(new WarpgroupShape(256, 128, KeepsBatchElementsApart: true), convolution).BatchStep);
        Assert.Equal(4, Boxes(new WarpgroupShape(256, 128), convolution).BatchStep);
    }

    [Fact]
    public void Blocks_of_split_k_share_whole_boxes()
    {
        var convolution = new ConvolutionCase(512, 512, 1, new(1, 64, 64)) { Kernel = new(1, 3, 3), Padding = new(0, 1, 1) };
        KernelConvolutionBoxes boxes = Boxes(new WarpgroupShape(256, 128), convolution);
        Assert.Equal(512 / 64, WarpgroupShape.BoxesOfSum(boxes, PlanOf(convolution)));
        boxes.SharesWidth = 0;
        Assert.Equal(3 * 512 / 64, WarpgroupShape.BoxesOfSum(boxes, PlanOf(convolution)));

        // Of the variants of an upsampled map the one with the fewest taps decides: a block without a box would wait for ever.
        var upsampled = new ConvolutionCase(56, 50, 2, new(1, 9, 16)) { Kernel = new(2, 5, 2), Padding = new(1, 2, 1), Upsample = 2 };
        Assert.Equal(1, WarpgroupShape.BoxesOfSum(Boxes(new WarpgroupShape(128, 64), upsampled), PlanOf(upsampled)));
    }

    [Fact]
    public void Planning_allocates_nothing()
    {
        var convolution = new ConvolutionCase(256, 128, 1, new(1, 64, 64)) { Kernel = new(1, 3, 3), Padding = new(0, 1, 1), Upsample = 4 };
        TensorCorePlan plan = PlanOf(convolution);
        Extent3 extent = VariantExtent(convolution, plan);
        var shape = new WarpgroupShape(256, 128);
        WarpgroupShape.BoxesOfSum(shape.BoxesFor(extent, 1, plan, splitK: 1), plan);
        long before = GC.GetAllocatedBytesForCurrentThread();
        WarpgroupShape.BoxesOfSum(shape.BoxesFor(extent, 1, plan, splitK: 1), plan);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private static void Check(in KernelConvolutionBoxes boxes, WarpgroupShape shape, TensorCorePlan plan)
    {
        int width = 1 << boxes.WidthLog, height = 1 << boxes.HeightLog, depth = 1 << boxes.DepthLog;
        Assert.Equal(shape.Rows, width * height * depth * boxes.BatchStep);
        Assert.All([boxes.Pitch, boxes.Lines, depth, boxes.BatchStep], extent => Assert.InRange(extent, 1, WarpgroupShape.MaximumBoxExtent));
        Assert.Equal(boxes.Pitch * boxes.Lines * depth * boxes.BatchStep * 128, boxes.InputBytes);
        Assert.InRange(boxes.InputStages, 2, WarpgroupShape.MaximumInputStages);
        Assert.InRange(boxes.WeightStages, 2, WarpgroupShape.MaximumWeightStages);
        int stageBytes = (boxes.InputBytes + WarpgroupShape.RingAlignment - 1) / WarpgroupShape.RingAlignment * WarpgroupShape.RingAlignment;
        Assert.InRange((boxes.InputStages * stageBytes) + (boxes.WeightStages * shape.Columns * 128), 1, WarpgroupShape.RingBytes);

        // The 64 positions of a product lie one after the other in shared memory, whichever tap reads them.
        Assert.True(boxes.SharesWidth == 0 || width == 64);
        Assert.True(boxes.SharesHeight == 0 || (width <= 64 && width * height >= 64));
        Assert.Equal(width + (boxes.SharesWidth * (plan.MostTaps.Width - 1)), boxes.Pitch);
        Assert.Equal(height + (boxes.SharesHeight * (plan.MostTaps.Height - 1)), boxes.Lines);
    }

    private static KernelConvolutionBoxes Boxes(WarpgroupShape shape, ConvolutionCase convolution)
    {
        TensorCorePlan plan = PlanOf(convolution);
        return shape.BoxesFor(VariantExtent(convolution, plan), convolution.Batch, plan, splitK: 1);
    }

    private static TensorCorePlan PlanOf(ConvolutionCase convolution) =>
        new(convolution.Geometry, ConvolutionChoice.For(convolution.Geometry, ElementType.Float16, hasWarpgroupProducts: true));

    private static Extent3 VariantExtent(ConvolutionCase convolution, TensorCorePlan plan) =>
        plan.ExtentOfVariant(convolution.Geometry.OutputExtent(convolution.Map));
}
