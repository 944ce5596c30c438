using Moda.Kernels.Cuda.Convolution;
using Moda.Testing.Cases;
using Xunit;

namespace Moda.Kernels.Tests.Cuda;

/// <summary>Tiles that benchmarks force. The modules are fakes: a choice launches nothing.</summary>
[Collection(FakeDriver.Collection)]
public sealed class ForcedTileTests : IDisposable
{
    private const int Multiprocessors = 132;

    // 1024 to 512 channels on 16 x 4 x 4: so few tiles that their sums are shared.
    private static readonly ConvolutionCase Convolution = new(1024, 512, 1, new Extent3(16, 4, 4)) { Kernel = new Extent3(3, 3, 3), Padding = Extent3.One };

    private readonly FakeConvolutions convolutions = new();

    public void Dispose() => convolutions.Dispose();

    [Theory]
    [InlineData("256x128", 256, 128, 0)]
    [InlineData("128x64/4", 128, 64, 4)]
    public void Tiles_are_read(string text, int rows, int columns, int splitK)
    {
        Assert.True(ForcedTile.TryParse(text, out ForcedTile? tile));
        Assert.Equal(new ForcedTile(rows, columns, splitK), tile);
    }

    [Theory]
    [InlineData("")]
    [InlineData("256")]
    [InlineData("256x")]
    [InlineData("256x128x3")]
    [InlineData("-1x128")]
    [InlineData("256x128/0")]
    [InlineData("256x128/2/2")]
    public void What_is_no_tile_is_refused(string text) => Assert.False(ForcedTile.TryParse(text, out _));

    [Theory]
    [InlineData(128, 64, 1)]
    [InlineData(256, 64, 2)]
    [InlineData(128, 128, 4)]
    [InlineData(256, 128, 1)]
    public void A_tile_of_warpgroups_is_taken_with_its_split(int rows, int columns, int splitK)
    {
        convolutions.Warpgroups.Forced = new ForcedTile(rows, columns, splitK);

        (WarpgroupTile tile, int split) = OfWarpgroups(Convolution);

        Assert.Equal((rows, columns, splitK), (tile.Shape.Rows, tile.Shape.Columns, split));
    }

    [Fact]
    public void A_tile_without_a_split_has_one_chosen_for_it()
    {
        convolutions.Warpgroups.Forced = new ForcedTile(256, 128);

        (WarpgroupTile tile, int split) = OfWarpgroups(Convolution);

        Assert.Equal((256, 128), (tile.Shape.Rows, tile.Shape.Columns));
        Assert.True(split > 1, $"{split}");
    }

    [Fact]
    public void Convolutions_that_lack_the_tile_keep_theirs()
    {
        ConvolutionCase wide = Convolution with { Outputs = 160 };
        (WarpgroupTile before, int splitBefore) = OfWarpgroups(wide);
        convolutions.Warpgroups.Forced = new ForcedTile(256, 128, 1);

        (WarpgroupTile after, int splitAfter) = OfWarpgroups(wide);

        Assert.Equal((before, splitBefore), (after, splitAfter));
        Assert.Equal(160, after.Shape.Columns);
    }

    [Fact]
    public void A_tile_of_tensor_cores_is_taken()
    {
        ConvolutionCase narrow = Convolution with { Outputs = 64 };
        var plan = new TensorCorePlan(narrow.Geometry, ConvolutionChoice.For(narrow.Geometry, ElementType.Float16));
        Extent3 output = narrow.Geometry.OutputExtent(narrow.Map);
        TensorCoreTile chosen = convolutions.TensorCores.TileFor(plan, output, batch: 1, Multiprocessors).Tile;

        convolutions.TensorCores.Forced = new ForcedTile(256, 64, 2);
        (TensorCoreTile forced, int split) = convolutions.TensorCores.TileFor(plan, output, batch: 1, Multiprocessors);

        Assert.Equal(128, chosen.Rows);
        Assert.Equal((256, 64, 2), (forced.Rows, forced.Columns, split));
    }

    private (WarpgroupTile Tile, int SplitK) OfWarpgroups(ConvolutionCase convolution)
    {
        ConvolutionGeometry geometry = convolution.Geometry;
        var plan = new TensorCorePlan(geometry, ConvolutionChoice.For(geometry, ElementType.Float16, hasWarpgroupProducts: true));
        return convolutions.Warpgroups.TileFor(
            plan.ExtentOfVariant(geometry.OutputExtent(convolution.Map)), batch: 1, plan, WarpgroupConvolution.ElementSumsBytes(plan, convolution.OutputShape), Multiprocessors);
    }
}
