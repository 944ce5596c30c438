using System.Globalization;
using System.Text;

namespace Moda.Weights;

/// <summary>What follows from shapes.</summary>
internal static class TensorShape
{
    /// <summary>The most extents that PyTorch gives a tensor; no file needs more.</summary>
    public const int MostExtents = 64;

    /// <summary>Writes a shape as <c>[12, 768]</c>; of many extents only the first.</summary>
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
