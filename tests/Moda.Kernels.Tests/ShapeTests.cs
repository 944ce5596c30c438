using Xunit;

namespace Moda.Kernels.Tests;

public sealed class ShapeTests
{
    [Fact]
    public void Extents_are_read_from_both_ends()
    {
        var shape = new Shape(2, 3, 4, 5, 6);

        Assert.Equal(5, shape.Rank);
        Assert.Equal(2, shape[0]);
        Assert.Equal(6, shape[^1]);
        Assert.Equal(4, shape[^3]);
        Assert.Equal(6, shape.Channels);
        Assert.Equal(120, shape.Rows);
        Assert.Equal(720, shape.ElementCount);
        Assert.Equal("[2, 3, 4, 5, 6]", shape.ToString());
    }

    [Fact]
    public void Element_count_does_not_overflow()
    {
        Assert.Equal(1L << 40, new Shape(1 << 20, 1 << 20).ElementCount);
        Assert.Throws<OverflowException>(() => new Shape(1 << 16, 1 << 16, 1).Rows);
    }

    [Fact]
    public void Changed_copies_leave_the_original_alone()
    {
        var shape = new Shape(2, 3, 4);

        Assert.Equal(new Shape(2, 3, 9), shape.WithChannels(9));
        Assert.Equal(new Shape(7, 3, 4), shape.With(0, 7));
        Assert.Equal(new Shape(3, 4), shape.Inner());
        Assert.Equal(new Shape(2, 3, 4), shape);
    }

    [Fact]
    public void Equality_compares_rank_and_extents()
    {
        Assert.True(new Shape(2, 3) == new Shape(2, 3));
        Assert.True(new Shape(2, 3) != new Shape(3, 2));
        Assert.True(new Shape(1, 3) != new Shape(3));
        Assert.False(new Shape(3).Equals("3"));
        Assert.Equal(new Shape(2, 3).GetHashCode(), new Shape(2, 3).GetHashCode());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void An_extent_below_one_is_refused(int extent)
    {
        Assert.Contains($"Extent 1 of a shape is {extent}", Assert.Throws<ArgumentException>(() => new Shape(2, extent)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Too_few_and_too_many_extents_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new Shape([]));
        Assert.Throws<ArgumentException>(() => new Shape(1, 1, 1, 1, 1, 1));
    }

    [Fact]
    public void An_axis_that_does_not_exist_is_refused()
    {
        var shape = new Shape(2, 3);

        Assert.Throws<ArgumentOutOfRangeException>(() => shape[2]);
        Assert.Throws<ArgumentOutOfRangeException>(() => shape[^3]);
        Assert.Throws<ArgumentOutOfRangeException>(() => shape.With(2, 1));
        Assert.Throws<ArgumentException>(() => new Shape(4).Inner());
    }
}
