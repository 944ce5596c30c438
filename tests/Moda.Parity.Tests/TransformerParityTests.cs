using Moda.Kernels;
using Moda.Kernels.Cpu;
using Moda.Tests;
using Xunit;

namespace Moda.Parity.Tests;

/// <summary>The audio encoder, the motion generator, its sampling and the schedulers against what the reference computes.</summary>
public sealed class TransformerParityTests
{
    /// <remarks>
    /// The synthetic weights hold synthetic noise levels, whose steps are so short that the motion of the sampling cases is nearly
    /// their noise: only an error far below that kind's tolerance shows that the velocities were right.
    /// </remarks>
    [Theory]
    [InlineData("hubert.tiny", null)]
    [InlineData("hubert.full", null)]
    [InlineData("dit.tiny", null)]
    [InlineData("dit.full", null)]
    [InlineData("dit_sample.tiny", 1e-6)]
    [InlineData("dit_sample.full", 1e-6)]
    [InlineData("schedulers.any", null)]
    [InlineData("ddim", null)]
    public void A_network_computes_what_the_reference_computes(string name, double? tolerance)
    {
        using Device device = new CpuDevice();
        using ReferenceCase reference = ReferenceCase.Open(TestData.Case(name));

        IReadOnlyList<ParityResult> results = ParityRunner.Run(device, reference, tolerance);

        Assert.NotEmpty(results);
        Assert.All(results, result =>
        {
            TestContext.Current.SendDiagnosticMessage($"{name} {result.Output}: {result.RelativeError:E2}");
            Assert.True(result.Passed, $"{result.Output}: relative error {result.RelativeError:E2}, largest {result.LargestError:E2}");
        });
    }
}
