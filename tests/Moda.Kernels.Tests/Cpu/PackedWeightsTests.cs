using Moda.Kernels.Cpu;
using Moda.Kernels.Cpu.Matrix;
using Moda.Kernels.Parameters;
using Xunit;

namespace Moda.Kernels.Tests.Cpu;

/// <summary>Where each weight lies in the panels, for layers of several blocks and whatever the number of threads.</summary>
public sealed unsafe class PackedWeightsTests
{
    [Theory]
    [InlineData(1, 16, 100, 70)]
    [InlineData(3, 16, 100, 70)]
    [InlineData(2, 4, 33, 5)]
    [InlineData(1, 16, 257, 2100)]
    [InlineData(4, 16, 257, 2100)]
    [InlineData(4, 8, 700, 1031)]
    public void A_linear_layer_has_its_weights_column_by_column(int threads, int laneCount, int outputs, int inputs)
    {
        using var device = new CpuDevice(threads, laneCount);
        using var store = new ParameterStore(device);
        float[] weight = Distinct(outputs * inputs);

        // A source that is read in ranges, some of them within one part of it and some over two.
        var parts = ParameterValues.Join(((ParameterValues)weight).Slice(0, weight.Length / 3), weight[(weight.Length / 3)..]);
        PackedWeights packed = ((CpuLinearWeights)store.Linear(parts, Distinct(outputs), outputs, inputs)).Packed;

        Assert.Equal(1, packed.VariantCount);
        for (int column = 0; column < packed.Layout.PaddedColumns; column++)
        {
            for (int input = 0; input < inputs; input++)
            {
                AssertSame(column < outputs ? weight[(column * inputs) + input] : 0, Packed(packed, 0, 0, 1, 0, input, column), column, input);
            }

            AssertSame(column < outputs ? column : 0, packed.Bias[column], column, -1);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_convolution_has_its_weights_by_groups_and_taps(int threads)
    {
        var geometry = new ConvolutionGeometry
        {
            InputChannels = 3 * 90,
            OutputChannels = 3 * 150,
            Kernel = new Extent3(1, 3, 5),
            Padding = new Extent3(0, 1, 2),
            Groups = 3,
        };
        const int Taps = 15;
        using var device = new CpuDevice(threads);
        using var store = new ParameterStore(device);
        float[] weight = Distinct(geometry.OutputChannels * 90 * Taps);

        PackedWeights packed = ((CpuConvolutionWeights)store.Convolution(weight, [], geometry)).Packed;

        for (int group = 0; group < 3; group++)
        {
            for (int column = 0; column < packed.Layout.PaddedColumns; column++)
            {
                for (int input = 0; input < 90; input++)
                {
                    for (int tap = 0; tap < Taps; tap++)
                    {
                        float expected = column < 150 ? weight[((((group * 150) + column) * 90) + input) * Taps + tap] : 0;
                        AssertSame(expected, Packed(packed, 0, group, Taps, tap, input, column), column, input);
                    }
                }
            }
        }
    }

    /// <summary>Upsampling makes sums of weights; they are the same bits for one thread and for several.</summary>
    [Fact]
    public void The_panels_do_not_depend_on_the_number_of_threads()
    {
        var geometry = new ConvolutionGeometry
        {
            InputChannels = 200,
            OutputChannels = 130,
            Kernel = new Extent3(1, 3, 3),
            Padding = new Extent3(0, 1, 1),
            Upsample = 2,
        };
        var random = new Random(4);
        float[] weight = [.. Enumerable.Range(0, 200 * 130 * 9).Select(_ => random.NextSingle() - 0.5f)];

        Assert.Equal(Panels(threads: 1), Panels(threads: 5));

        float[] Panels(int threads)
        {
            using var device = new CpuDevice(threads);
            using var store = new ParameterStore(device);
            PackedWeights packed = ((CpuConvolutionWeights)store.Convolution(weight, [], geometry)).Packed;
            var panels = new List<float>();
            for (int variant = 0; variant < packed.VariantCount; variant++)
            {
                panels.AddRange(new ReadOnlySpan<float>(
                    packed.Variants[variant].Panels, packed.Variants[variant].TapCount * packed.Inputs * packed.Layout.PaddedColumns));
            }

            return [.. panels];
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void An_error_while_weights_are_read_is_the_readers_own(int threads)
    {
        using var device = new CpuDevice(threads);
        using var store = new ParameterStore(device);

        EndOfStreamException error = Assert.Throws<EndOfStreamException>(() => store.Linear(new FailingValues(2000 * 500), [], 2000, 500));

        Assert.Equal("w ends early", error.Message);
        store.Linear(new float[6], [], 2, 3);
    }

    // [panel][tap][input][column of the panel] of a group.
    private static float Packed(PackedWeights packed, int variant, int group, int taps, int tap, int input, int column)
    {
        PanelLayout layout = packed.Layout;
        int panel = layout.PanelOf(column);
        int first = layout.FirstColumn(panel);
        float* start = packed.Variants[variant].Panels + (long)taps * packed.Inputs * ((group * layout.PaddedColumns) + first);
        return start[(((tap * packed.Inputs) + input) * layout.Width(panel)) + column - first];
    }

    // Every element of another value, exactly.
    private static float[] Distinct(int count) => [.. Enumerable.Range(0, count).Select(i => (float)i)];

    private static void AssertSame(float expected, float actual, int column, int input)
    {
        if (BitConverter.SingleToInt32Bits(expected) != BitConverter.SingleToInt32Bits(actual))
        {
            Assert.Fail($"column {column}, input {input}: {actual} instead of {expected}");
        }
    }
}
