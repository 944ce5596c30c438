using Moda.Kernels;
using Moda.Kernels.Cpu;
using Moda.Kernels.Forwards;
using Moda.Kernels.Parameters;
using Moda.Runtime.Networks;
using Moda.Weights;
using Xunit;

namespace Moda.Runtime.Tests.Networks;

/// <summary>Layers whose weights are read from a checkpoint as they are packed: the same bits as from arrays, and the checkpoint's own errors.</summary>
public sealed class ParameterLoaderTests
{
    private const int Channels = 160;
    private const int Wide = 900;

    private static readonly MemoryWeights Weights = new()
    {
        ["a.weight"] = [Wide, Channels],
        ["a.bias"] = [Wide],
        ["b.weight"] = [70, Channels],
        ["b.bias"] = [70],
        ["conv.weight"] = [Channels, Channels, 3, 3],
        ["conv.bias"] = [Channels],
        ["norm.weight"] = [Channels],
        ["norm.bias"] = [Channels],
        ["norm.running_mean"] = [Channels],
        ["norm.running_var"] = [Channels],
    };

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_linear_layer_of_a_checkpoint_is_that_of_its_array(int threads)
    {
        using Device device = new CpuDevice(threads);
        using var store = new ParameterStore(device);
        var loader = new ParameterLoader(Weights, store);
        float[] weight = Weights.All("a.weight");
        float[] bias = Weights.All("a.bias");

        AssertSame(device, store.Linear(weight, bias, Wide, Channels), loader.Linear("a", Channels, Wide));
        AssertSame(
            device,
            store.Linear((float[])[.. weight, .. Weights.All("b.weight")], [.. bias, .. Weights.All("b.bias")], Wide + 70, Channels),
            loader.JoinedLinear(Channels, "a", "b"));
        ParameterValues stored = loader.Stored("a.weight", Wide, Channels);
        AssertSame(
            device,
            store.Linear(weight[(333 * Channels)..], bias.AsSpan(333), Wide - 333, Channels),
            loader.Linear(stored.Slice(333 * Channels, (Wide - 333) * Channels), bias.AsSpan(333), Wide - 333, Channels));
    }

    /// <summary>The scale of a batch norm is rounded once, with the weight that it is folded into.</summary>
    [Fact]
    public void A_folded_batch_norm_scales_each_output_in_double_precision()
    {
        using Device device = new CpuDevice(threadCount: 1);
        using var store = new ParameterStore(device);
        ConvolutionParameters folded = new ParameterLoader(Weights, store).ReadConvolution("conv", batchNorm: "norm");

        float[] weight = Weights.All("conv.weight");
        float[] all = folded.Weight.ToArray();
        float[] some = new float[4000];
        folded.Weight.Read(777, some);

        for (int i = 0; i < weight.Length; i++)
        {
            int channel = i / (Channels * 9);
            double scale = Weights.All("norm.weight")[channel] / Math.Sqrt(Weights.All("norm.running_var")[channel] + 1e-5);
            if (all[i] != (float)(weight[i] * scale))
            {
                Assert.Fail($"weight {i} is {all[i]}");
            }
        }

        Assert.Equal(all[777..4777], some);
    }

    [Theory]
    [InlineData("a.weight", 1)]
    [InlineData("a.weight", 3)]
    [InlineData("conv.weight", 3)]
    [InlineData("a.bias", 3)]
    [InlineData("norm.bias", 1)]
    public void An_error_of_the_checkpoint_comes_through_as_it_is(string damaged, int threads)
    {
        using Device device = new CpuDevice(threads);
        using var store = new ParameterStore(device);
        var loader = new ParameterLoader(new MemoryWeights(Weights, damaged), store);

        CheckpointFormatException error = Assert.Throws<CheckpointFormatException>(() =>
        {
            loader.Linear("a");
            loader.Convolution("conv", batchNorm: "norm");
        });

        Assert.Equal("memory", error.Path);
        Assert.Equal(damaged, error.Problem);
    }

    private static void AssertSame(Device device, LinearWeights expected, LinearWeights actual)
    {
        Assert.Equal((expected.Outputs, expected.Inputs), (actual.Outputs, actual.Inputs));
        Assert.Equal(Run(device, expected), Run(device, actual));
    }

    // The columns of the weights themselves, and the bias: one input at a time, and none.
    private static float[] Run(Device device, LinearWeights weights)
    {
        float[] identity = new float[(Channels + 1) * Channels];
        for (int i = 0; i < Channels; i++)
        {
            identity[(i * Channels) + i] = 1;
        }

        using var pass = new ForwardPass<(Tensor Input, Tensor Output)>(device, workspace =>
        {
            Tensor input = workspace.Allocate(Channels + 1, Channels);
            return (input, workspace.Linear(input, weights));
        });
        device.Write(identity, pass.Ports.Input);
        pass.Run(TestContext.Current.CancellationToken);
        float[] output = new float[pass.Ports.Output.Shape.ElementCount];
        device.Read(pass.Ports.Output, output);
        return output;
    }

    /// <summary>Random weights in memory, one of which may be damaged.</summary>
    private sealed class MemoryWeights : Dictionary<string, int[]>, ITensorSource
    {
        private readonly Dictionary<string, float[]> values = [];
        private readonly string? damaged;

        public MemoryWeights()
        {
        }

        public MemoryWeights(MemoryWeights original, string damaged)
            : base(original) => this.damaged = damaged;

        public string Description => "memory";

        public IReadOnlyCollection<string> Names => Keys;

        public bool TryGetShape(string name, out ReadOnlyMemory<int> shape)
        {
            bool found = TryGetValue(name, out int[]? extents);
            shape = extents;
            return found;
        }

        public float[] All(string name)
        {
            lock (values)
            {
                if (!values.TryGetValue(name, out float[]? all))
                {
                    var random = new Random(name.Sum(letter => letter));
                    all = [.. Enumerable.Range(0, this[name].Aggregate(1, (a, b) => a * b)).Select(_ => random.NextSingle() + 0.1f)];
                    values.Add(name, all);
                }

                return all;
            }
        }

        public void Read(string name, Span<float> destination) => ReadRange(name, 0, destination);

        public void ReadRange(string name, int first, Span<float> destination)
        {
            if (name == damaged)
            {
                throw new CheckpointFormatException(Description, name);
            }

            All(name).AsSpan(first, destination.Length).CopyTo(destination);
        }
    }
}
