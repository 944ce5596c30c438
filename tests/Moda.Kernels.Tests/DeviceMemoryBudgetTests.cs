using Xunit;

namespace Moda.Kernels.Tests;

public sealed class DeviceMemoryBudgetTests
{
    [Fact]
    public void A_limit_counts_what_is_there_and_not_what_was()
    {
        var budget = new DeviceMemoryBudget("cuda:0 GPU", limit: 1000);
        budget.Reserve(600);
        budget.Reserve(400);
        budget.Release(600);
        budget.Reserve(500);
        Assert.Equal(900, budget.UsedBytes);
        Assert.Equal(1000, budget.PeakBytes);
    }

    [Fact]
    public void What_the_limit_does_not_allow_is_refused_and_takes_nothing()
    {
        var budget = new DeviceMemoryBudget("cuda:0 GPU", limit: 3 << 20);
        budget.Reserve(2 << 20);
        InsufficientMemoryException refusal = Assert.Throws<InsufficientMemoryException>(() => budget.Reserve((1 << 20) + 1));
        Assert.Equal(
            "cuda:0 GPU may use 3.00 MiB of GPU memory, of which 2.00 MiB are taken, but 1.00 MiB more are needed. "
            + "Raise the limit, or use smaller batches or float16.",
            refusal.Message);
        Assert.Equal(2 << 20, budget.UsedBytes);
    }

    [Fact]
    public void Without_a_limit_everything_is_allowed()
    {
        var budget = new DeviceMemoryBudget("cuda:0 GPU", limit: null);
        budget.Reserve(long.MaxValue / 2);
        Assert.Equal(long.MaxValue / 2, budget.UsedBytes);
    }
}
