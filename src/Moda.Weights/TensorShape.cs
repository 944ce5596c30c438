using System.Globalization;
using System.Text;

namespace Moda.Weights;

/// <summary>Formats shapes and counts their elements.</summary>
internal static class TensorShape
{
    /// <summary>The largest number of dimensions that PyTorch allows.</summary>
    public const int MostExtents = 64;

    /// <summary>Formats a shape as <c>[12, 768]</c>. A shape with many extents is cut.</summary>
    public static string Format(ReadOnlySpan<int> shape)
    {
        const int MostShown = 8;
        var text = new StringBuilder("[");
        for (int i = 0; i < Math.Min(shape.Length, MostShown); i++)
        {
            text.Append(i == 0 ? "" : ", ").Append(shape[i].ToString(CultureInfo.InvariantCulture));
        }

        return text.Append(shape.Length > MostShown ? ", ...]" : "]").ToString();
    }

    /// <summary>The number of elements of a tensor with this shape.</summary>
    /// <exception cref="OverflowException">The shape has more elements than an array can hold.</exception>
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
