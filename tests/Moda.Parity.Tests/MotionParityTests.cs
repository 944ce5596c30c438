using Moda.Kernels;
using Moda.Kernels.Cpu;
using Moda.Tests;
using Xunit;

namespace Moda.Parity.Tests;

/// <summary>The logic around the networks against what the reference computes.</summary>
public sealed class MotionParityTests
{
    [Theory]
    [InlineData("motion_math")]
    [InlineData("driving")]
    [InlineData("kalman.any")]
    public void Every_output_is_the_reference_s(string name)
    {
        using Device device = new CpuDevice();
        using ReferenceCase reference = ReferenceCase.Open(TestData.Case(name));

        IReadOnlyList<ParityResult> results = ParityRunner.Run(device, reference, tolerance: 1e-6);

        Assert.NotEmpty(results);
        Assert.All(results, result =>
        {
            TestContext.Current.SendDiagnosticMessage($"{name} {result.Output}: {result.RelativeError:E2}");
            // The reference subtracts 97.5 from a pose in float32: two units of that number's last place are left in the result.
            bool isPose = result.Output is "refined.pitch" or "refined.yaw" or "refined.roll";
            bool passed = isPose ? result.LargestError <= 1.6e-5 : result.Passed;
            Assert.True(passed, $"{result.Output}: relative error {result.RelativeError:E2}, largest {result.LargestError:E2}");
        });
    }
}
