using Moda.Kernels.Cuda.Abi;
using Moda.Kernels.Cuda.Convolution;
using Moda.Kernels.Cuda.Kernels;
using Moda.Testing.Cases;
using Xunit;

namespace Moda.Kernels.Tests.Cuda;

/// <summary>
/// What decides in which order a sum is taken follows from the elements that are planned for, not from those that there are. The modules
/// are fakes: a choice launches nothing.
/// </summary>
[Collection(FakeDriver.Collection)]
public sealed class BatchChoiceTests : IDisposable
{
    private const int Multiprocessors = 132;
    private const int Planned = 8;

    private static readonly int[] ElementCounts = [1, 2, 3, 4, 5, 8];

    private readonly FakeConvolutions convolutions = new();

    public void Dispose() => convolutions.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Every_convolution_of_the_networks_has_one_tile_and_one_split_k_for_any_number_of_elements(bool hasWarpgroupProducts)
    {
        int layers = 0, layersThatWouldDiffer = 0;
        foreach (NetworkConvolution layer in NetworkConvolutions.All)
        {
            ConvolutionGeometry geometry = layer.Case.Geometry;
            var choice = ConvolutionChoice.For(geometry, ElementType.Float16, hasWarpgroupProducts);
            if (choice.Method is not (ConvolutionMethod.TensorCores or ConvolutionMethod.Warpgroups))
            {
                continue;
            }

            var plan = new TensorCorePlan(geometry, choice);
            Extent3 output = geometry.OutputExtent(layer.Case.Map);
            (object Tile, int SplitK)[] planned = [.. ElementCounts.Select(elements => Choose(plan, output, new BatchPlan(elements, Planned).Scale(elements)))];
            Assert.All(planned, own => Assert.Equal(planned[0], own));
            layers++;
            layersThatWouldDiffer += ElementCounts.Any(elements => Choose(plan, output, elements) != planned[0]) ? 1 : 0;
        }

        Assert.True(layers > 60);
        Assert.True(layersThatWouldDiffer > 20, $"Only {layersThatWouldDiffer} layers would be cut differently without a plan.");
    }

    /// <summary>Boxes say which taps share a box, which orders the sums.</summary>
    [Fact]
    public void Boxes_of_more_elements_are_only_more_boxes()
    {
        foreach (NetworkConvolution layer in NetworkConvolutions.All)
        {
            var choice = ConvolutionChoice.For(layer.Case.Geometry, ElementType.Float16, hasWarpgroupProducts: true);
            if (choice.Method != ConvolutionMethod.Warpgroups)
            {
                continue;
            }

            var plan = new TensorCorePlan(layer.Case.Geometry, choice);
            Extent3 extent = plan.ExtentOfVariant(layer.Case.Geometry.OutputExtent(layer.Case.Map));
            var shape = new WarpgroupShape(256, choice.TileColumns);
            KernelConvolutionBoxes all = shape.BoxesFor(extent, Planned, plan, splitK: 1);
            foreach (int elements in ElementCounts)
            {
                KernelConvolutionBoxes own = shape.BoxesFor(extent, elements, plan, splitK: 1);
                Assert.Equal((elements + own.BatchStep - 1) / own.BatchStep, own.CountN);
                own.CountN = all.CountN;
                Assert.Equal(all, own);
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(8)]
    public void Linear_layers_that_run_together_have_one_tile_for_any_number_of_clips(int clips)
    {
        var parts = new KernelLinearParts { Count = 2 };
        parts.Part[0] = new KernelLinearPart { Rows = clips * 160, Outputs = 768 };
        parts.Part[1] = new KernelLinearPart { Rows = clips * 480, Outputs = 768 };

        Assert.Equal(64, GroupedLinearKernels.ColumnsFor(parts, new BatchPlan(clips, 1), Multiprocessors));
        Assert.Equal(clips < 4 ? 64 : 128, GroupedLinearKernels.ColumnsFor(parts, default, Multiprocessors));
    }

    private (object Tile, int SplitK) Choose(TensorCorePlan plan, Extent3 output, int batch)
    {
        if (plan.Choice.Method == ConvolutionMethod.TensorCores)
        {
            return convolutions.TensorCores.TileFor(plan, output, batch, Multiprocessors);
        }

        long sumsBytes = (long)output.Depth * output.Height * output.Width * plan.Choice.PaddedOutputs * sizeof(float);
        return convolutions.Warpgroups.TileFor(plan.ExtentOfVariant(output), batch, plan, sumsBytes, Multiprocessors);
    }
}
