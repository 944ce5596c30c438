using Moda.Kernels;
using Moda.Kernels.Cpu;
using Moda.Runtime.Networks;
using Xunit;

namespace Moda.Runtime.Tests.Networks;

/// <summary>Rewrites of convolutions, held against the plain convolution on small integers, whose sums are exact.</summary>
public sealed class ConvolutionParametersTests
{
    private static readonly ConvolutionGeometry Volume = new()
    {
        InputChannels = 3,
        OutputChannels = 2,
        Kernel = new Extent3(3, 3, 5),
        Padding = new Extent3(1, 1, 2),
    };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_unrolled_convolution_is_the_convolution(bool unrollHeight)
    {
        ConvolutionParameters convolution = Integers(Volume);
        float[] input = Integers(2 * 4 * 5 * 7 * 3, seed: 3);
        var shape = new Shape(2, 4, 5, 7, 3);

        float[] unrolled = Run(
            input, shape, (workspace, taps) => workspace.ShiftAdd(taps, unrollHeight ? 3 : 1, 5, Activation.None), convolution.UnrollTaps(unrollHeight));

        Assert.Equal(Run(input, shape, convolution), unrolled);
    }

    [Fact]
    public void A_convolution_then_a_pointwise_one_is_one_convolution()
    {
        ConvolutionParameters convolution = Integers(Volume);
        ConvolutionParameters pointwise = Integers(new ConvolutionGeometry { InputChannels = 2, OutputChannels = 5, Kernel = Extent3.One }) with { Bias = [] };
        float[] input = Integers(3 * 4 * 5 * 3, seed: 4);
        var shape = new Shape(1, 3, 4, 5, 3);

        Assert.Equal(Run(input, shape, convolution, pointwise), Run(input, shape, convolution.Then(pointwise)));
    }

    /// <summary>Sums in double precision, in the order of the channels between, rounded once; whatever the vectors of the machine.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(9)]
    [InlineData(35)]
    public void Weights_of_two_convolutions_are_combined_in_double_precision(int length)
    {
        var random = new Random(length);
        const int Middle = 77;
        const int Outputs = 40;
        ConvolutionParameters inner = Random(new ConvolutionGeometry { InputChannels = length, OutputChannels = Middle, Kernel = Extent3.One });
        ConvolutionParameters pointwise =
            Random(new ConvolutionGeometry { InputChannels = Middle, OutputChannels = Outputs, Kernel = Extent3.One }) with { Bias = [] };

        ConvolutionParameters both = inner.Then(pointwise);

        float[] expected = new float[Outputs * length];
        float[] bias = new float[Outputs];
        for (int output = 0; output < Outputs; output++)
        {
            double[] sums = new double[length + 1];
            for (int channel = 0; channel < Middle; channel++)
            {
                double factor = pointwise.Weight.ToArray()[(output * Middle) + channel];
                for (int i = 0; i < length; i++)
                {
                    sums[i] += factor * inner.Weight.ToArray()[(channel * length) + i];
                }

                sums[length] += factor * inner.Bias[channel];
            }

            Array.ConvertAll(sums[..length], sum => (float)sum).CopyTo(expected, output * length);
            bias[output] = (float)sums[length];
        }

        Assert.Equal(expected, both.Weight.ToArray());
        Assert.Equal(bias, both.Bias);

        ConvolutionParameters Random(ConvolutionGeometry geometry) => Integers(geometry) with
        {
            Weight = (float[])[.. Enumerable.Range(0, geometry.InputChannels * geometry.OutputChannels).Select(_ => random.NextSingle() - 0.5f)],
            Bias = [.. Enumerable.Range(0, geometry.OutputChannels).Select(_ => random.NextSingle() - 0.5f)],
        };
    }

    [Fact]
    public void Appended_convolutions_give_their_outputs_side_by_side()
    {
        ConvolutionParameters first = Integers(Volume, seed: 1);
        ConvolutionParameters second = Integers(Volume with { OutputChannels = 3 }, seed: 2);
        float[] input = Integers(3 * 4 * 5 * 3, seed: 5);
        var shape = new Shape(1, 3, 4, 5, 3);

        float[] both = Run(input, shape, first.Append(second));

        float[] left = Run(input, shape, first);
        float[] right = Run(input, shape, second);
        Assert.Equal(
            Enumerable.Range(0, 60).SelectMany(position => left[(2 * position)..(2 * position + 2)].Concat(right[(3 * position)..(3 * position + 3)])),
            both);
    }

    [Fact]
    public void A_convolution_over_channels_times_depth_is_one_over_the_volume()
    {
        const int Channels = 3;
        const int Depth = 4;
        ConvolutionParameters flat = Integers(new ConvolutionGeometry
        {
            InputChannels = Channels * Depth,
            OutputChannels = 2,
            Kernel = new Extent3(1, 3, 3),
            Padding = new Extent3(0, 1, 1),
        });
        float[] volume = Integers(Depth * 5 * 6 * Channels, seed: 6);
        float[] maps = new float[volume.Length];
        for (int depth = 0; depth < Depth; depth++)
        {
            for (int position = 0; position < 30; position++)
            {
                for (int channel = 0; channel < Channels; channel++)
                {
                    maps[(position * Channels + channel) * Depth + depth] = volume[(depth * 30 + position) * Channels + channel];
                }
            }
        }

        float[] expected = Run(maps, new Shape(1, 5, 6, Channels * Depth), flat);

        Assert.Equal(expected, Run(volume, new Shape(1, Depth, 5, 6, Channels), flat.OverDepth(Channels)));
    }

    private static float[] Run(float[] input, Shape shape, params ConvolutionParameters[] convolutions) =>
        Run(input, shape, (_, maps) => maps, convolutions);

    private static float[] Run(
        float[] input, Shape shape, Func<Workspace, Tensor, Tensor> finish, params ConvolutionParameters[] convolutions)
    {
        using Device device = new CpuDevice(threadCount: 1);
        using var store = new ParameterStore(device);
        ConvolutionWeights[] weights =
            [.. convolutions.Select(convolution => store.Convolution(convolution.Weight, convolution.Bias, convolution.Geometry))];
        using var pass = new ForwardPass<(Tensor Input, Tensor Output)>(device, workspace =>
        {
            Tensor port = workspace.Allocate(shape);
            return (port, finish(workspace, weights.Aggregate(port, (maps, convolution) => workspace.Convolution(maps, convolution))));
        });
        device.Write(input, pass.Ports.Input);
        pass.Run();
        float[] output = new float[pass.Ports.Output.Shape.ElementCount];
        device.Read(pass.Ports.Output, output);
        return output;
    }

    private static ConvolutionParameters Integers(ConvolutionGeometry geometry, int seed = 1) => new(
        Integers((int)(geometry.OutputChannels * geometry.MultiplyAddsPerElement), seed),
        Integers(geometry.OutputChannels, seed + 100),
        geometry);

    private static float[] Integers(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)random.Next(-4, 5))];
    }
}
