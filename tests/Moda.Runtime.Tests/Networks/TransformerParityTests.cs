using Moda.Kernels;
using Moda.Kernels.Cpu;
using Moda.Runtime.Parity;
using Moda.Tests;
using Xunit;

namespace Moda.Runtime.Tests.Networks;

/// <summary>The audio encoder, the motion generator and its sampling against what the reference computes.</summary>
public sealed class TransformerParityTests
{
    [Theory]
    [InlineData("hubert.tiny")]
    [InlineData("hubert.full")]
    [InlineData("dit.tiny")]
    [InlineData("dit.full")]
    [InlineData("dit_sample.tiny")]
    [InlineData("dit_sample.full")]
    [InlineData("schedulers.any")]
    [InlineData("ddim")]
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
