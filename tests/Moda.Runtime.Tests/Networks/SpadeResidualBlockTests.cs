using Moda.Kernels;
using Moda.Kernels.Cpu;
using Moda.Kernels.Forwards;
using Moda.Parity;
using Moda.Parity.Cases;
using Moda.Runtime.Networks;
using Moda.Runtime.Networks.Rendering;
using Moda.Weights;
using Xunit;

namespace Moda.Runtime.Tests.Networks;

/// <summary>A block that reads its maps as if they were upsampled, held against the block on upsampled maps.</summary>
public sealed class SpadeResidualBlockTests
{
    private const int Segmentation = 4;
    private const int Extent = 5;

    [Theory]
    [InlineData(6, 3, 1, 2)]
    [InlineData(6, 3, 2, 4)]
    [InlineData(6, 6, 1, 2)]
    [InlineData(6, 6, 2, 4)]
    [InlineData(6, 6, 2, 2)]
    public void Upsampling_inside_is_upsampling_before(int inputs, int outputs, int inputScale, int scale)
    {
        float[] input = Random(Extent * inputScale * Extent * inputScale * inputs, seed: 1);
        float[] segmentation = Random(Extent * Extent * Segmentation, seed: 2);

        float[] inside = Run(
            input, Extent * inputScale, segmentation, Extent, inputs, outputs, scale);
        float[] before = Run(
            Upsample(input, Extent * inputScale, inputs, scale / inputScale),
            Extent * scale,
            Upsample(segmentation, Extent, Segmentation, scale),
            Extent * scale,
            inputs,
            outputs,
            scale: 1);

        Assert.True(ParityResult.Compare("block", inside, before, stride: 1, tolerance: 2e-6).Passed);
    }

    private static float[] Run(
        float[] input, int inputExtent, float[] segmentation, int segmentationExtent, int inputs, int outputs, int scale)
    {
        using var device = new CpuDevice(threadCount: 1);
        using var store = new ParameterStore(device);
        var block = new SpadeResidualBlock(new ParameterLoader(new BlockWeights(inputs, outputs), store), inputs, Segmentation, scale);
        using var pass = new ForwardPass<(Tensor Input, Tensor Segmentation, Tensor Output)>(device, workspace =>
        {
            Tensor inputPort = workspace.Allocate(1, inputExtent, inputExtent, inputs);
            Tensor segmentationPort = workspace.Allocate(1, segmentationExtent, segmentationExtent, Segmentation);
            return (inputPort, segmentationPort, block.Forward(workspace, inputPort, new SegmentationMap(segmentationPort)));
        });
        device.Write(input, pass.Ports.Input);
        device.Write(segmentation, pass.Ports.Segmentation);
        pass.Run(TestContext.Current.CancellationToken);
        return HostTensor.Read(device, pass.Ports.Output).Values;
    }

    private static float[] Upsample(float[] map, int extent, int channels, int factor)
    {
        int wide = extent * factor;
        float[] upsampled = new float[wide * wide * channels];
        for (int i = 0; i < upsampled.Length; i++)
        {
            int x = i / channels % wide / factor;
            int y = i / channels / wide / factor;
            upsampled[i] = map[(y * extent + x) * channels + i % channels];
        }

        return upsampled;
    }

    private static float[] Random(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() * 2 - 1)];
    }

    /// <summary>Random weights of one block.</summary>
    private sealed class BlockWeights : ITensorSource
    {
        private const int Hidden = 8;

        private readonly Dictionary<string, int[]> shapes = [];

        public BlockWeights(int inputs, int outputs)
        {
            int middle = Math.Min(inputs, outputs);
            Convolution("conv_0", middle, inputs, 3);
            Convolution("conv_1", outputs, middle, 3);
            shapes["conv_s.weight"] = [outputs, inputs, 1, 1];
            foreach ((string norm, int channels) in new[] { ("norm_0", inputs), ("norm_1", middle), ("norm_s", inputs) })
            {
                Convolution($"{norm}.mlp_shared.0", Hidden, Segmentation, 3);
                Convolution($"{norm}.mlp_gamma", channels, Hidden, 3);
                Convolution($"{norm}.mlp_beta", channels, Hidden, 3);
            }
        }

        public string Description => "random weights";

        public IReadOnlyCollection<string> Names => shapes.Keys;

        public bool TryGetShape(string name, out ReadOnlyMemory<int> shape)
        {
            bool found = shapes.TryGetValue(name, out int[]? extents);
            shape = extents;
            return found;
        }

        public void Read(string name, Span<float> destination) =>
            Random(destination.Length, Seed(name)).CopyTo(destination);

        public void ReadRange(string name, int first, Span<float> destination) =>
            Random(first + destination.Length, Seed(name)).AsSpan(first).CopyTo(destination);

        private static int Seed(string name) => name.Sum(letter => letter);

        private void Convolution(string name, int outputs, int inputs, int kernel)
        {
            shapes[name + ".weight"] = [outputs, inputs, kernel, kernel];
            shapes[name + ".bias"] = [outputs];
        }
    }
}
