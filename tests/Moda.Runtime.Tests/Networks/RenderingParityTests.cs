using Moda.Kernels;
using Moda.Kernels.Cpu;
using Moda.Runtime.Parity;
using Moda.Tests;
using Xunit;

namespace Moda.Runtime.Tests.Networks;

/// <summary>Each rendering network against what the reference computes.</summary>
public sealed class RenderingParityTests
{
    [Theory]
    [InlineData("stitching.any")]
    public void A_network_computes_what_the_reference_computes(string name)
    {
        using Device device = new CpuDevice();
        using ReferenceCase reference = ReferenceCase.Open(TestData.Case(name));

        IReadOnlyList<ParityResult> results = ParityRunner.Run(device, reference);

        Assert.NotEmpty(results);
        Assert.All(results, result =>
        {
            TestContext.Current.SendDiagnosticMessage($"{name} {result.Output}: {result.RelativeError:E2}");
            Assert.True(result.Passed, $"{result.Output}: relative error {result.RelativeError:E2}, largest {result.LargestError:E2}");
        });
    }
}
