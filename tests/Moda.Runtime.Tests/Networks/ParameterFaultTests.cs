using Moda.Kernels;
using Moda.Kernels.Cpu;
using Moda.Runtime.Networks;
using Moda.Weights;
using Xunit;

namespace Moda.Runtime.Tests.Networks;

/// <summary>Parameters that are no numbers, or none at all, are refused by name when they are read.</summary>
public sealed class ParameterFaultTests
{
    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void A_value_that_is_no_number_is_named(float value)
    {
        TensorMismatchException exception = Load(new FaultyWeights("second.weight", value: value));

        Assert.Equal("second.weight", exception.TensorName);
        Assert.Contains("at element 17, but a finite number is needed", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_negative_variance_is_named()
    {
        TensorMismatchException exception = Load(new FaultyWeights("first.norm.running_var", value: -1));

        Assert.Equal("first.norm.running_var", exception.TensorName);
        Assert.Contains("-1 at element 17", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 64, 3, 3)]
    [InlineData(64, 0, 3, 3)]
    [InlineData(64, 64, 0, 3)]
    public void An_extent_of_zero_is_named(params int[] shape)
    {
        TensorMismatchException exception = Load(new FaultyWeights("first.conv.weight", shape));

        Assert.Equal("first.conv.weight", exception.TensorName);
        Assert.Contains("at least one element", exception.Message, StringComparison.Ordinal);
    }

    private static TensorMismatchException Load(ITensorSource source)
    {
        using Device device = new CpuDevice(threadCount: 1);
        using var store = new ParameterStore(device);
        var loader = new ParameterLoader(source, store);
        return Assert.Throws<TensorMismatchException>(() =>
        {
            loader.Convolution("first.conv", batchNorm: "first.norm");
            loader.Linear("second");
        });
    }

    /// <summary>A convolution with its batch norm and a linear layer, all ones but for one fault.</summary>
    private sealed class FaultyWeights(string name, int[]? shape = null, float value = 1) : ITensorSource
    {
        private static readonly Dictionary<string, int[]> Shapes = new()
        {
            ["first.conv.weight"] = [64, 64, 3, 3],
            ["first.conv.bias"] = [64],
            ["first.norm.weight"] = [64],
            ["first.norm.bias"] = [64],
            ["first.norm.running_mean"] = [64],
            ["first.norm.running_var"] = [64],
            ["second.weight"] = [64, 64],
            ["second.bias"] = [64],
        };

        public string Description => "faulty weights";

        public IReadOnlyCollection<string> Names => Shapes.Keys;

        public bool TryGetShape(string tensor, out ReadOnlyMemory<int> extents)
        {
            bool found = Shapes.TryGetValue(tensor, out int[]? own);
            extents = tensor == name && shape is not null ? shape : own;
            return found;
        }

        public void Read(string tensor, Span<float> destination) => ReadRange(tensor, 0, destination);

        public void ReadRange(string tensor, int first, Span<float> destination)
        {
            destination.Fill(1);
            if (tensor == name && first <= 17 && first + destination.Length > 17)
            {
                destination[17 - first] = value;
            }
        }
    }
}
