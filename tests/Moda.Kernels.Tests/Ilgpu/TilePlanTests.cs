using Moda.Kernels.Ilgpu.Products;
using Xunit;

namespace Moda.Kernels.Tests.Ilgpu;

/// <summary>Which tiles and splits a product gets on a GPU of 132 multiprocessors.</summary>
public sealed class TilePlanTests
{
    private const int Multiprocessors = 132;

    [Theory]
    [InlineData(65_536, 128, 1024, 128, 128)]
    [InlineData(4096, 384, 96, 64, 64)]
    [InlineData(2048, 2048, 2048, 128, 128)]
    public void Many_positions_get_large_tiles_and_whole_sums(int rows, int inputs, int outputs, int tileRows, int tileColumns)
    {
        TilePlan plan = PlanOf(rows, inputs, outputs);
        Assert.Equal(new TilePlan(tileRows, tileColumns, 1, inputs), plan);
    }

    [Fact]
    public void The_motion_extractors_last_layers_split_their_sums() =>
        Assert.Equal(new TilePlan(Rows: 64, Columns: 128, Splits: 22, SplitTerms: 144), PlanOf(rows: 64, inputs: 3072, outputs: 768));

    [Theory]
    [InlineData(1, 768, 66)]
    [InlineData(64, 3072, 768)]
    [InlineData(160, 768, 768)]
    [InlineData(200, 3072, 768)]
    public void Few_positions_get_about_a_group_of_threads_for_each_multiprocessor(int rows, int inputs, int outputs)
    {
        TilePlan plan = PlanOf(rows, inputs, outputs);
        int tiles = plan.RowTiles(rows) * (outputs + plan.Columns - 1) / plan.Columns;
        Assert.InRange(plan.Splits, 2, inputs / ProductTile.StepTerms);
        Assert.True(
            tiles * plan.Splits <= 2 * Multiprocessors && tiles * (plan.Splits + 1) * 2 > Multiprocessors
            || plan.SplitTerms <= 4 * ProductTile.StepTerms,
            $"{plan} of {tiles} tiles");
    }

    [Fact]
    public void Splits_cover_all_terms_and_none_is_empty()
    {
        for (int inputs = 16; inputs <= 8192; inputs += 48)
        {
            TilePlan plan = PlanOf(rows: 40, inputs, outputs: 100);
            Assert.InRange((plan.Splits * plan.SplitTerms) - inputs, 0, plan.SplitTerms - 1);
            Assert.Equal(0, plan.SplitTerms % ProductTile.StepTerms);
        }
    }

    private static TilePlan PlanOf(int rows, int inputs, int outputs)
    {
        var geometry = new ConvolutionGeometry { InputChannels = inputs, OutputChannels = outputs, Kernel = Extent3.One };
        return TilePlan.For(rows, new WeightLayout(geometry, ProductMethod.Tiled), groups: 1, Multiprocessors);
    }
}
