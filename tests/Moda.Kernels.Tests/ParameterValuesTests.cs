using Moda.Kernels.Convolution;
using Moda.Kernels.Cuda.Convolution;
using Moda.Kernels.Parameters;
using Xunit;

namespace Moda.Kernels.Tests;

public sealed class ParameterValuesTests
{
    private static readonly float[] Numbers = [.. Enumerable.Range(0, 24).Select(i => (float)(i * i))];

    [Fact]
    public void Parts_and_joined_ones_have_the_values_in_their_order()
    {
        ParameterValues numbers = Numbers;
        var joined = ParameterValues.Join(numbers.Slice(5, 4), numbers, Array.Empty<float>(), numbers.Slice(20, 4).Slice(1, 2));

        AssertReads([.. Numbers[5..9], .. Numbers, .. Numbers[21..23]], joined);
        AssertReads([], ParameterValues.Join());
    }

    [Fact]
    public void Halves_take_turns_by_blocks()
    {
        AssertReads(
            [.. Numbers[0..4], .. Numbers[12..16], .. Numbers[4..8], .. Numbers[16..20], .. Numbers[8..12], .. Numbers[20..24]],
            new InterleavedHalves(Numbers, blockLength: 4));
        Assert.Empty(new InterleavedHalves(Array.Empty<float>(), blockLength: 4).ToArray());
    }

    [Fact]
    public void Merged_taps_begin_and_end_within_a_filter()
    {
        ConvolutionVariant variant = ConvolutionVariant.Decompose(new ConvolutionGeometry
        {
            InputChannels = 4,
            OutputChannels = 2,
            Kernel = new(1, 1, 3),
            Padding = new(0, 0, 1),
            Upsample = 2,
        })[0];

        AssertReads(
            [.. Enumerable.Range(0, 8).SelectMany(filter => new[] { Numbers[3 * filter], Numbers[(3 * filter) + 1] + Numbers[(3 * filter) + 2] })],
            new MergedTaps(Numbers, variant));
    }

    [Fact]
    public void Many_values_are_read_by_ranges_that_do_not_overlap()
    {
        const int Count = (5 * ParameterValues.RangeLength) + 3;
        var values = new CountedValues(Count);

        float[] all = values.ToArray();

        for (int i = 0; i < Count; i++)
        {
            if (all[i] != i)
            {
                Assert.Fail($"value {i} is {all[i]}");
            }
        }

        Assert.Equal(Count, values.ReadCount);
    }

    [Fact]
    public void An_error_in_one_of_many_ranges_is_the_readers_own()
    {
        var failing = new FailingValues(20 * ParameterValues.RangeLength);

        EndOfStreamException error = Assert.Throws<EndOfStreamException>(() => failing.ToArray());

        Assert.Equal("w ends early", error.Message);
        Assert.Contains(nameof(FailingValues), error.StackTrace, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_not_there_is_refused()
    {
        ParameterValues numbers = Numbers;

        Assert.Throws<ArgumentOutOfRangeException>(() => numbers.Read(-1, new float[1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => numbers.Read(20, new float[5]));
        Assert.Throws<ArgumentOutOfRangeException>(() => numbers.Slice(25, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => numbers.Slice(1, 24));
        Assert.Throws<ArgumentOutOfRangeException>(() => numbers.Slice(0, -1));
        Assert.Equal(0, numbers.Slice(24, 0).Count);
    }

    private static void AssertReads(float[] expected, ParameterValues values)
    {
        Assert.Equal(expected.Length, values.Count);
        for (int first = 0; first <= expected.Length; first++)
        {
            for (int count = 0; first + count <= expected.Length; count++)
            {
                float[] read = new float[count];
                values.Read(first, read);
                Assert.Equal(expected[first..(first + count)], read);
            }
        }
    }

    private sealed class CountedValues(int count) : ParameterValues(count)
    {
        private int readCount;

        public int ReadCount => readCount;

        public override void ReadRange(int first, Span<float> destination)
        {
            Interlocked.Add(ref readCount, destination.Length);
            for (int i = 0; i < destination.Length; i++)
            {
                destination[i] = first + i;
            }
        }
    }
}

/// <summary>Values whose last range can't be read.</summary>
internal sealed class FailingValues(int count) : ParameterValues(count)
{
    public override void ReadRange(int first, Span<float> destination)
    {
        if (first + destination.Length == Count)
        {
            throw new EndOfStreamException("w ends early");
        }
    }
}
