using Xunit;

namespace Moda.Kernels.Tests;

public sealed class TensorTests
{
    private static readonly Tensor Contiguous = new(null, 1000, new Shape(4, 3, 5, 8), ElementType.Float32, 8);

    [Fact]
    public void Slice_keeps_a_range_of_the_outermost_axis()
    {
        Tensor slice = Contiguous.Slice(1, 2);

        Assert.Equal(new Shape(2, 3, 5, 8), slice.Shape);
        Assert.Equal(1000 + 3 * 5 * 8, slice.Offset);
        Assert.True(slice.IsContiguous);
    }

    [Fact]
    public void Index_drops_the_outermost_axis()
    {
        Tensor last = Contiguous[3];

        Assert.Equal(new Shape(3, 5, 8), last.Shape);
        Assert.Equal(1000 + 3 * 3 * 5 * 8, last.Offset);
    }

    [Fact]
    public void Channel_slice_has_gaps_and_slices_further()
    {
        Tensor part = Contiguous.ChannelSlice(2, 3);

        Assert.Equal(new Shape(4, 3, 5, 3), part.Shape);
        Assert.Equal(1002, part.Offset);
        Assert.Equal(8, part.RowStride);
        Assert.False(part.IsContiguous);
        Assert.Equal(1002 + 2 * 15 * 8, part[2].Offset);
        Assert.Equal(8, part[2].RowStride);
        Assert.Equal(1003, part.ChannelSlice(1, 2).Offset);
    }

    [Fact]
    public void A_slice_of_all_channels_stays_contiguous()
    {
        Assert.True(Contiguous.ChannelSlice(0, 8).IsContiguous);
    }

    [Fact]
    public void Reshape_of_a_contiguous_tensor_may_change_the_channels()
    {
        Tensor flat = Contiguous.Reshape(4, 120);

        Assert.Equal(new Shape(4, 120), flat.Shape);
        Assert.True(flat.IsContiguous);
        Assert.Equal(1000, flat.Offset);
    }

    [Fact]
    public void Reshape_with_gaps_keeps_the_channels()
    {
        Tensor part = Contiguous.ChannelSlice(2, 4);

        Assert.Equal(8, part.Reshape(60, 4).RowStride);
        Assert.Throws<ArgumentException>(() => part.Reshape(120, 2));
        Assert.Throws<ArgumentException>(() => part.Reshape(61, 4));
    }

    [Fact]
    public void Ranges_outside_the_tensor_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Contiguous.Slice(3, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => Contiguous.Slice(-1, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => Contiguous.Slice(0, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Contiguous[4]);
        Assert.Throws<ArgumentOutOfRangeException>(() => Contiguous.ChannelSlice(6, 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => Contiguous.ChannelSlice(0, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Tensor(null, 0, new Shape(8), ElementType.Float32, 8).Slice(0, 1));
    }

    [Fact]
    public void Views_allocate_nothing()
    {
        _ = View();
        long before = GC.GetAllocatedBytesForCurrentThread();
        _ = View();

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        static long View() => Contiguous.Slice(1, 2)[0].ChannelSlice(1, 4).Reshape(15, 4).Offset;
    }
}
