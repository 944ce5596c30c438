using Moda.Kernels.Cuda.Interop;
using Moda.Kernels.Cuda.SelfCheck;
using Moda.Testing;
using Xunit;

namespace Moda.Kernels.Tests.Cuda;

public sealed class CudaSelfCheckTests
{
    [Fact]
    public void Every_check_passes_or_one_line_says_why_there_is_none()
    {
        using StringWriter output = new();
        Assert.True(CudaSelfCheck.Run(output, TestGpu.Ordinal, full: false) == 0, output.ToString());
        if (!CudaDevices.Enumerate().IsUsable)
        {
            Assert.Contains("skipped: ", output.ToString(), StringComparison.Ordinal);
            Assert.Skip(output.ToString());
        }
    }

    [Fact]
    public void A_check_that_throws_is_told_and_counted_and_the_next_still_runs()
    {
        using StringWriter output = new();
        SelfCheckReport report = new(output);
        report.Run("wrong", () => throw new InvalidOperationException("the reason"));
        report.Run("right", () => "the result");
        Assert.Equal(1, report.Failures);
        Assert.Matches("FAIL  wrong .* InvalidOperationException: the reason", output.ToString());
        Assert.Matches("ok    right .* the result", output.ToString());
    }

    [Fact]
    public void Values_are_compared_by_their_relative_distance()
    {
        Assert.Contains("1.0e-03", SelfCheckReport.RequireClose([1000, 1], [1000, 2], 2e-3), StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => SelfCheckReport.RequireClose([1000, 1], [1000, 2], 5e-4));
        Assert.Throws<InvalidOperationException>(() => SelfCheckReport.RequireClose([float.NaN], [1], 1));
    }
}
