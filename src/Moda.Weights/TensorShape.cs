using System.Globalization;
using System.Text;

namespace Moda.Weights;

/// <summary>What follows from shapes.</summary>
internal static class TensorShape
{
    /// <summary>Writes a shape as <c>[12, 768]</c>.</summary>
    public static string Format(ReadOnlySpan<int> shape)
    {
        var text = new StringBuilder("[");
        for (int i = 0; i < shape.Length; i++)
        {
            text.Append(i == 0 ? "" : ", ").Append(shape[i].ToString(CultureInfo.InvariantCulture));
        }

        return text.Append(']').ToString();
    }

    /// <summary>Elements of a tensor of a shape.</summary>
    /// <exception cref="OverflowException">They are more than an array can hold.</exception>
    public static int ElementCount(ReadOnlySpan<int> shape)
    {
        int count = 1;
        foreach (int extent in shape)
        {
            count = checked(count * extent);
        }

        return count;
    }
}
