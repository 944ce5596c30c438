using Moda.Kernels.Cuda.Convolution;
using Xunit;

namespace Moda.Kernels.Tests.Cuda;

public sealed class ConvolutionChoiceTests
{
    [Fact]
    public void Without_tensor_cores_a_kernel_of_one_position_is_a_matrix_product()
    {
        Assert.Equal(ConvolutionMethod.MatrixProduct, ChooseSingle(Geometry(64, 130)).Method);
        Assert.NotEqual(ConvolutionMethod.MatrixProduct, ChooseSingle(Geometry(64, 130) with { Upsample = 2 }).Method);
        Assert.NotEqual(ConvolutionMethod.MatrixProduct, ChooseSingle(Geometry(64, 130) with { Stride = new(1, 2, 2) }).Method);
        Assert.NotEqual(ConvolutionMethod.MatrixProduct, ChooseSingle(Geometry(64, 128) with { Groups = 2 }).Method);
        Assert.NotEqual(ConvolutionMethod.MatrixProduct, ChooseSingle(Geometry(64, 130) with { Padding = new(0, 1, 1) }).Method);
    }

    [Fact]
    public void Groups_of_one_channel_are_depthwise_but_one_group_is_not()
    {
        Assert.Equal(ConvolutionMethod.Depthwise, Choose(Geometry(96, 96, 7) with { Groups = 96 }).Method);
        Assert.NotEqual(ConvolutionMethod.Depthwise, Choose(Geometry(1, 1, 7)).Method);
        Assert.NotEqual(ConvolutionMethod.Depthwise, Choose(Geometry(96, 192, 7) with { Groups = 96 }).Method);
    }

    [Fact]
    public void Few_outputs_of_long_sums_get_a_block_each()
    {
        Assert.Equal(ConvolutionMethod.Narrow, ChooseSingle(Geometry(142, 1, 7)).Method);
        Assert.Equal(ConvolutionMethod.Simt, ChooseSingle(Geometry(3, 1, 7)).Method);
        Assert.Equal(ConvolutionMethod.TensorCores, Choose(Geometry(142, 1, 7)).Method);
        Assert.Equal(ConvolutionMethod.TensorCores, Choose(Geometry(32, 4)).Method);
    }

    [Fact]
    public void More_phases_than_the_kernel_knows_need_no_tensor_cores()
    {
        Assert.Equal(ConvolutionMethod.TensorCores, Choose(Geometry(64, 64, 3) with { Upsample = 4 }).Method);
        Assert.Equal(ConvolutionMethod.Simt, Choose(Geometry(64, 64, 3) with { Upsample = 5 }).Method);
    }

    [Theory]
    [InlineData(3, 12, ElementType.Float16, ConvolutionMethod.TensorCores, 32, 32)]
    [InlineData(110, 64, ElementType.Float16, ConvolutionMethod.TensorCores, 128, 64)]
    [InlineData(128, 142, ElementType.Float16, ConvolutionMethod.TensorCores, 128, 160)]
    [InlineData(12, 192, ElementType.Float16, ConvolutionMethod.TensorCores, 64, 256)]
    [InlineData(110, 142, ElementType.Float32, ConvolutionMethod.Simt, 112, 192)]
    internal void Channels_are_padded_to_whole_tiles(
        int inputs, int outputs, ElementType type, ConvolutionMethod method, int paddedInputs, int paddedOutputs)
    {
        var choice = ConvolutionChoice.For(Geometry(inputs, outputs, 3), type);
        Assert.Equal((method, paddedInputs, paddedOutputs), (choice.Method, choice.PaddedInputs, choice.PaddedOutputs));
    }

    [Fact]
    public void Products_of_warp_groups_are_for_many_channels_of_whole_steps()
    {
        Assert.Equal((ConvolutionMethod.Warpgroups, 128, 160), ByWarpgroups(Geometry(110, 142, 3)));
        Assert.Equal((ConvolutionMethod.Warpgroups, 256, 128), ByWarpgroups(Geometry(256, 128, 3) with { Upsample = 4 }));
        Assert.Equal((ConvolutionMethod.Warpgroups, 512, 256), ByWarpgroups(Geometry(512, 200, 3)));
        Assert.Equal((ConvolutionMethod.Warpgroups, 64, 32), ByWarpgroups(Geometry(32, 32, 3)));
        Assert.Equal(ConvolutionMethod.TensorCores, ByWarpgroups(Geometry(128, 16, 3)).Method);
        Assert.Equal(ConvolutionMethod.TensorCores, ByWarpgroups(Geometry(128, 128, 3) with { Stride = new(1, 2, 2) }).Method);
        Assert.Equal(ConvolutionMethod.TensorCores, ByWarpgroups(Geometry(128, 128, 3) with { Groups = 2 }).Method);
        Assert.Equal(ConvolutionMethod.Warpgroups, ByWarpgroups(Geometry(128, 128)).Method);

        static (ConvolutionMethod Method, int PaddedInputs, int PaddedOutputs) ByWarpgroups(ConvolutionGeometry geometry)
        {
            var choice = ConvolutionChoice.For(geometry, ElementType.Float16, hasWarpgroupProducts: true);
            return (choice.Method, choice.PaddedInputs, choice.PaddedOutputs);
        }
    }

    [Fact]
    public void A_grid_that_no_device_has_is_refused_with_a_reason()
    {
        ConvolutionGeometry geometry = Geometry(2 * 70_000, 4 * 70_000, 3) with { Groups = 70_000 };
        Assert.Contains("65535", Choose(geometry).FindFault(geometry, 100), StringComparison.Ordinal);
        Assert.Null(Choose(Geometry(64, 64, 3)).FindFault(Geometry(64, 64, 3), 100));
    }

    private static ConvolutionChoice ChooseSingle(ConvolutionGeometry geometry) => ConvolutionChoice.For(geometry, ElementType.Float32);

    private static ConvolutionChoice Choose(ConvolutionGeometry geometry) => ConvolutionChoice.For(geometry, ElementType.Float16);

    private static ConvolutionGeometry Geometry(int inputs, int outputs, int kernel = 1) =>
        new() { InputChannels = inputs, OutputChannels = outputs, Kernel = new(1, kernel, kernel) };
}
