using Moda.Kernels.Cuda.Abi;
using Moda.Kernels.Cuda.Convolution;
using Xunit;

namespace Moda.Kernels.Tests.Cuda;

public sealed class TensorCorePlanTests
{
    /// <summary>Taps of all variants times padded channels: an upsampled map's weights are merged, none are lost.</summary>
    [Theory]
    [InlineData(1, 9)]
    [InlineData(2, 16)]
    [InlineData(4, 25)]
    public void Weights_of_merged_taps_are_packed_once(int upsample, int taps)
    {
        TensorCorePlan plan = Plan(Geometry(40, 142) with { Upsample = upsample });
        Assert.Equal(taps * 64L * 160, plan.Variants.Sum(plan.WeightCount));
        Assert.Equal(plan.Variants.Length, plan.KernelVariants(1).PhasesHeight * plan.KernelVariants(1).PhasesWidth);
    }

    [Fact]
    public void Phases_reach_the_kernel()
    {
        KernelConvolutionVariants variants = Plan(Geometry(64, 64) with { Upsample = 4 }).KernelVariants(7);
        Assert.Equal((4, 4, 3, 3, 7), (variants.PeriodHeight, variants.PeriodWidth, variants.PhasesHeight, variants.PhasesWidth, variants.RowTiles));
        Assert.Equal(new Extent3(1, 1, 1), variants.Step);
        Assert.Equal((0, 1, -1, 2), Fields(variants.Height[0]));
        Assert.Equal((1, 2, 0, 1), Fields(variants.Width[1]));
        Assert.Equal((3, 1, 0, 2), Fields(variants.Width[2]));
    }

    [Fact]
    public void Few_channels_are_joined_along_a_line_of_the_kernel()
    {
        TensorCorePlan plan = Plan(Geometry(3, 64) with { Stride = new(1, 2, 2) });
        Assert.True(plan.UsesIm2Col);
        Assert.Equal((9, 16, 3), (plan.GroupInputs, plan.Im2ColGroupStride, plan.Steps));
        Assert.Equal((new Extent3(1, 3, 1), new Extent3(1, 2, 1), new Extent3(0, 1, 0)), (plan.Geometry.Kernel, plan.Geometry.Stride, plan.Geometry.Padding));
        Assert.False(Plan(Geometry(8, 64)).UsesIm2Col);
        Assert.False(Plan(Geometry(3, 64) with { Upsample = 2 }).UsesIm2Col);
    }

    [Fact]
    public void Rows_of_the_largest_variant_are_counted()
    {
        TensorCorePlan plan = Plan(Geometry(8, 8) with { Upsample = 2 });
        Assert.Equal(3 * 5 * 4, plan.RowsOfVariant(3, new Extent3(1, 9, 8)));
    }

    private static (int First, int Count, int Origin, int Taps) Fields(KernelAxisPhase phase) =>
        (phase.First, phase.Count, phase.Origin, phase.Taps);

    private static TensorCorePlan Plan(ConvolutionGeometry geometry) =>
        new(geometry, ConvolutionChoice.For(geometry, ElementType.Float16));

    private static ConvolutionGeometry Geometry(int inputs, int outputs) => new()
    {
        InputChannels = inputs,
        OutputChannels = outputs,
        Kernel = new(1, 3, 3),
        Padding = new(0, 1, 1),
    };
}
