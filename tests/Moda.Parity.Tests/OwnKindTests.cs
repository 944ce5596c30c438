using Moda.Kernels;
using Moda.Kernels.Cpu;
using Moda.Parity.Cases;
using Moda.Testing;
using Moda.Weights;
using Xunit;

namespace Moda.Parity.Tests;

/// <summary>Kinds of cases that the engine does not know.</summary>
public sealed class OwnKindTests
{
    [Fact]
    public void A_registered_kind_runs_its_cases_and_its_name_is_taken()
    {
        using var folder = new TemporaryFolder();
        string path = TwoLayersCase.Write(folder.Path);
        using var device = new CpuDevice(1);
        using ReferenceCase reference = ReferenceCase.Open(path);
        string unknown = Assert.Throws<CheckpointFormatException>(() => ParityRunner.Run(device, reference)).Message;

        ParityRunner.Register(new TwoLayers(Activation.Relu));

        ParityResult result = Assert.Single(ParityRunner.Run(device, reference));
        Assert.Contains("'two_layers' is unknown", unknown, StringComparison.Ordinal);
        Assert.True(result is { Output: "y", Passed: true, RelativeError: < 1e-6 }, $"{result}");
        Assert.Throws<ArgumentException>(() => ParityRunner.Register(new TwoLayers(Activation.Relu)));
    }

    [Theory]
    [InlineData("stitching")]
    [InlineData("two_layers.tiny")]
    [InlineData("")]
    public void Names_that_cannot_be_told_from_others_are_refused(string kind) =>
        Assert.Throws<ArgumentException>(() => ParityRunner.Register(new TwoLayers(Activation.None) { Kind = kind }));

    [Fact]
    public void A_network_that_is_not_the_case_s_fails()
    {
        using var folder = new TemporaryFolder();
        using var device = new CpuDevice(1);
        using ReferenceCase reference = ReferenceCase.Open(TwoLayersCase.Write(folder.Path));

        HostTensor actual = new TwoLayers(Activation.Silu).Compute(device, reference)["y"];

        Assert.False(ParityResult.Compare("y", actual.Values, reference.Output("y").Values, stride: 1, tolerance: 1e-4).Passed);
    }

    private sealed class TwoLayers(Activation activation) : IParityCase
    {
        public string Kind { get; init; } = TwoLayersCase.Kind;

        public IReadOnlyDictionary<string, HostTensor> Compute(Device device, ReferenceCase reference) => NetworkCase.Compute(
            device,
            reference,
            Kind,
            load: parameters => (First: parameters.Linear("0"), Second: parameters.Linear("2")),
            forward: (workspace, network, x) =>
                workspace.Linear(workspace.Linear(x, network.First, new Epilogue { Activation = activation }), network.Second));
    }
}
