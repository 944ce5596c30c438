using System.Globalization;
using System.Text;

namespace Moda.Weights;

/// <summary>Shapes in messages.</summary>
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
}
