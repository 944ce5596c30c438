using System.Runtime.InteropServices;
using Xunit;

namespace Moda.Weights.Tests;

public sealed class TensorConversionTests
{
    private static readonly ushort[] AllPatterns = [.. Enumerable.Range(0, 65536).Select(pattern => (ushort)pattern)];

    /// <summary>By vectors of every width and one by one.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(65536)]
    public void Every_half_widens_exactly(int together)
    {
        float[] values = new float[AllPatterns.Length];
        for (int first = 0; first < AllPatterns.Length; first += together)
        {
            TensorConversion.HalfToSingle(AllPatterns.AsSpan(first, together), values.AsSpan(first, together));
        }

        for (int i = 0; i < values.Length; i++)
        {
            var half = BitConverter.UInt16BitsToHalf(AllPatterns[i]);
            uint expected = Half.IsNaN(half)
                ? (AllPatterns[i] & 0x8000u) << 16 | 0x7F80_0000 | (AllPatterns[i] & 0x3FFu) << 13
                : BitConverter.SingleToUInt32Bits((float)half);
            Assert.Equal(expected, BitConverter.SingleToUInt32Bits(values[i]));
        }
    }

    [Fact]
    public void Every_bfloat16_widens_exactly_and_narrows_back()
    {
        float[] values = new float[AllPatterns.Length];
        TensorConversion.BFloat16ToSingle(AllPatterns, values);
        ushort[] back = new ushort[values.Length];
        TensorConversion.FromSingle(values, StoredType.BFloat16, MemoryMarshal.AsBytes(back.AsSpan()));

        for (int i = 0; i < values.Length; i++)
        {
            Assert.Equal((uint)AllPatterns[i] << 16, BitConverter.SingleToUInt32Bits(values[i]));
            if (float.IsNaN(values[i]))
            {
                Assert.True((back[i] & 0x7F80) == 0x7F80 && (back[i] & 0x007F) != 0);
            }
            else
            {
                Assert.Equal(AllPatterns[i], back[i]);
            }
        }
    }

    [Fact]
    public void Every_half_survives_a_round_trip()
    {
        float[] values = new float[AllPatterns.Length];
        TensorConversion.HalfToSingle(AllPatterns, values);
        ushort[] back = new ushort[values.Length];
        TensorConversion.FromSingle(values, StoredType.Float16, MemoryMarshal.AsBytes(back.AsSpan()));

        Assert.All(Enumerable.Range(0, back.Length), i => Assert.True(back[i] == AllPatterns[i] || float.IsNaN(values[i])));
    }

    [Theory]
    [InlineData(0x3F80_8000u, 0x3F80)] // halfway, to even: down
    [InlineData(0x3F81_8000u, 0x3F82)] // halfway, to even: up
    [InlineData(0x3F80_8001u, 0x3F81)]
    [InlineData(0x3F80_7FFFu, 0x3F80)]
    [InlineData(0x7F7F_FFFFu, 0x7F80)] // the largest float overflows to infinity
    [InlineData(0x7F80_0001u, 0x7FC0)] // a NaN stays one
    [InlineData(0x8000_0000u, 0x8000)]
    public void Narrowing_to_bfloat16_rounds_to_nearest_even(uint bits, ushort expected)
    {
        ushort[] actual = new ushort[1];
        TensorConversion.FromSingle([BitConverter.UInt32BitsToSingle(bits)], StoredType.BFloat16, MemoryMarshal.AsBytes(actual.AsSpan()));

        Assert.Equal(expected, actual[0]);
    }

    [Fact]
    public void Every_length_is_converted_to_its_end()
    {
        for (int length = 0; length <= 64; length++)
        {
            ushort[] source = [.. Enumerable.Range(0, length).Select(i => (ushort)(0x3C00 + i))];
            float[] halves = new float[length];
            float[] bfloats = new float[length];
            TensorConversion.HalfToSingle(source, halves);
            TensorConversion.BFloat16ToSingle(source, bfloats);
            for (int i = 0; i < length; i++)
            {
                Assert.Equal((float)BitConverter.UInt16BitsToHalf(source[i]), halves[i]);
                Assert.Equal(BitConverter.UInt32BitsToSingle((uint)source[i] << 16), bfloats[i]);
            }
        }
    }

    [Fact]
    public void Integers_and_booleans_become_numbers()
    {
        Assert.Equal([-1f, 2f], Convert<long>(StoredType.Int64, [-1, 2]));
        Assert.Equal([-1f, 2f], Convert<int>(StoredType.Int32, [-1, 2]));
        Assert.Equal([-1f, 2f], Convert<short>(StoredType.Int16, [-1, 2]));
        Assert.Equal([-1f, 2f], Convert<sbyte>(StoredType.Int8, [-1, 2]));
        Assert.Equal([255f, 2f], Convert<byte>(StoredType.UInt8, [255, 2]));
        Assert.Equal([1f, 0f], Convert<byte>(StoredType.Bool, [1, 0]));
        Assert.Equal([0.1f, -2f], Convert<double>(StoredType.Float64, [0.1, -2]));

        static float[] Convert<T>(StoredType type, T[] source)
            where T : unmanaged
        {
            float[] values = new float[source.Length];
            TensorConversion.ToSingle(type, MemoryMarshal.AsBytes(source.AsSpan()), values);
            return values;
        }
    }

    [Fact]
    public void Lengths_that_do_not_fit_are_refused()
    {
        Assert.Throws<ArgumentException>(() => TensorConversion.ToSingle(StoredType.Float16, new byte[3], new float[2]));
        Assert.Throws<ArgumentException>(() => TensorConversion.FromSingle(new float[2], StoredType.Float16, new byte[3]));
        Assert.Throws<ArgumentOutOfRangeException>(() => TensorConversion.FromSingle(new float[2], StoredType.Int32, new byte[8]));
    }
}
