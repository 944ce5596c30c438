using Xunit;

namespace Moda.Kernels.Tests;

public sealed class BatchPlanTests
{
    [Theory]
    [InlineData(1, 8, 64, 512)]
    [InlineData(8, 8, 512, 512)]
    [InlineData(4, 1, 640, 160)]
    [InlineData(3, 1, 2, 1)]
    [InlineData(3, 8, 1, 3)]
    [InlineData(1, 8, 1, 8)]
    public void Counts_scale_from_what_is_carried_to_what_is_planned(int elements, int planned, int count, int expected)
    {
        var batch = new BatchPlan(elements, planned);
        Assert.True(batch.IsFixed);
        Assert.Equal(expected, batch.Scale(count));
    }

    [Fact]
    public void The_default_plans_what_is_carried()
    {
        Assert.False(default(BatchPlan).IsFixed);
        Assert.Equal(37, default(BatchPlan).Scale(37));
    }

    [Fact]
    public void Numbers_that_make_no_sense_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new BatchPlan(0, 8));
        Assert.Throws<ArgumentOutOfRangeException>(() => new BatchPlan(1, 0));
        Assert.Throws<OverflowException>(() => new BatchPlan(1, 8).Scale(int.MaxValue / 2));
    }
}
