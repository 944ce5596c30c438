using Moda.Kernels;
using Moda.Kernels.Cpu;
using Moda.Kernels.Tests.Conformance;
using Moda.Tests;
using Xunit;

namespace Moda.Parity.Tests;

/// <summary>Each rendering network against what the reference computes.</summary>
public sealed class RenderingParityTests
{
    [Theory]
    [InlineData("appearance.tiny")]
    [InlineData("appearance.full")]
    [InlineData("motion_extractor.tiny")]
    [InlineData("motion_extractor.full")]
    [InlineData("warping.tiny")]
    [InlineData("warping.full")]
    [InlineData("spade.tiny")]
    [InlineData("spade.full")]
    [InlineData("stitching.any")]
    [InlineData("bisenet.full")]
    public void A_network_computes_what_the_reference_computes(string name) => Hold(TestData.Case(name));

    [Theory]
    [InlineData("appearance")]
    [InlineData("motion_extractor")]
    [InlineData("warping")]
    [InlineData("spade")]
    public void All_widths_come_from_the_shapes(string network) =>
        Hold(TestData.Path("narrow", "cases", network + ".narrow.safetensors"));

    [Theory]
    [InlineData("warping.tiny")]
    [InlineData("spade.tiny")]
    public void A_device_of_plain_ops_computes_what_the_reference_computes(string name) => Hold(TestData.Case(name), new PlainDevice());

    private static void Hold(string path) => Hold(path, new CpuDevice());

    private static void Hold(string path, Device opened)
    {
        using Device device = opened;
        using ReferenceCase reference = ReferenceCase.Open(path);

        IReadOnlyList<ParityResult> results = ParityRunner.Run(device, reference);

        Assert.Equal(reference.OutputNames.Count(), results.Count);
        Assert.All(results, result => Assert.True(
            result.Passed, $"{result.Output}: relative error {result.RelativeError:E2}, largest {result.LargestError:E2}"));
    }
}
