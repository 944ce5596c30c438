using System.Numerics;
using System.Runtime.InteropServices;

namespace Moda.Weights;

/// <summary>Finds NaN and infinite values.</summary>
internal static class FiniteValues
{
    // NaN and infinity have an exponent of all ones.
    private const uint Exponent = 0x7F80_0000;

    /// <summary>The index of the first value that is NaN or infinite, or -1.</summary>
    public static int IndexOfOther(ReadOnlySpan<float> values)
    {
        ReadOnlySpan<uint> bits = MemoryMarshal.Cast<float, uint>(values);
        var exponent = new Vector<uint>(Exponent);
        int i = 0;
        for (; i <= bits.Length - Vector<uint>.Count; i += Vector<uint>.Count)
        {
            if (Vector.EqualsAny(new Vector<uint>(bits[i..]) & exponent, exponent))
            {
                break;
            }
        }

        for (; i < bits.Length; i++)
        {
            if ((bits[i] & Exponent) == Exponent)
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>Refuses a tensor with a NaN or infinite value.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="source">Where the tensor comes from, for messages.</param>
    /// <param name="values">The tensor's elements, or some of them.</param>
    /// <param name="first">The index of the first of these elements in the tensor.</param>
    /// <exception cref="TensorMismatchException">A value is NaN or infinite.</exception>
    public static void Require(string name, string source, ReadOnlySpan<float> values, int first = 0)
    {
        int index = IndexOfOther(values);
        if (index >= 0)
        {
            throw new TensorMismatchException(name, source, "a finite number", $"{values[index]} at element {first + index}");
        }
    }
}
