using System.Numerics;
using Moda.Kernels.Parameters;

namespace Moda.Runtime.Networks;

/// <summary>Multiplies each row of values by its own factor. Products are computed in float64 and rounded once.</summary>
/// <param name="values">[rows, any number].</param>
/// <param name="factors">[rows].</param>
internal sealed class ScaledRows(ParameterValues values, double[] factors) : ParameterValues(values.Count)
{
    public override void ReadRange(int first, Span<float> destination)
    {
        values.ReadRange(first, destination);
        int rowLength = Count / factors.Length;
        (int row, int place) = Math.DivRem(first, rowLength);
        for (; !destination.IsEmpty; row++, place = 0)
        {
            Span<float> own = destination[..Math.Min(rowLength - place, destination.Length)];
            Scale(own, factors[row]);
            destination = destination[own.Length..];
        }
    }

    private static void Scale(Span<float> row, double factor)
    {
        int i = 0;
        for (; i <= row.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Span<float> place = row[i..];
            Vector.Widen(new Vector<float>(place), out Vector<double> lower, out Vector<double> upper);
            Vector.Narrow(lower * factor, upper * factor).CopyTo(place);
        }

        for (; i < row.Length; i++)
        {
            row[i] = (float)(row[i] * factor);
        }
    }
}
