using Moda.Kernels;
using Moda.Kernels.Cpu;
using Moda.Parity;
using Moda.Parity.Cases;
using Moda.Runtime.Networks;
using Moda.Runtime.Networks.Retargeting;
using Moda.Testing;
using Xunit;

namespace Moda.Runtime.Tests.Networks;

public sealed class RetargetingPassTests
{
    [Theory]
    [InlineData("stitching")]
    [InlineData("lip")]
    [InlineData("eye")]
    public void Rows_come_out_as_the_reference_has_them(string name)
    {
        using var device = new CpuDevice();
        using var store = new ParameterStore(device);
        using ReferenceCase reference = ReferenceCase.Open(TestData.Case("stitching.any"));
        var network = new RetargetingNetwork(new ParameterLoader(reference.Weights.Network("stitching_retargeting"), store)[name]);
        HostTensor input = reference.Input(name);
        using var pass = new RetargetingPass(device, network, rows: input.Extents[0]);
        float[] output = new float[input.Extents[0] * network.Outputs];

        pass.Run(input.Values, output, TestContext.Current.CancellationToken);

        Assert.True(ParityResult.Compare(name, output, reference.Output(name).Values, stride: 1, 1e-5).Passed);
    }
}
