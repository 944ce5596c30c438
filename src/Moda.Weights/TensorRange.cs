namespace Moda.Weights;

/// <summary>Checks ranges of a tensor's elements.</summary>
internal static class TensorRange
{
    /// <summary>Checks that a range lies within a tensor.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="source">Where the tensor comes from, for messages.</param>
    /// <param name="elementCount">The number of elements of the tensor.</param>
    /// <param name="first">The first element of the range.</param>
    /// <param name="length">The number of elements of the range.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range does not lie within the tensor.</exception>
    public static void Check(string name, string source, int elementCount, int first, int length)
    {
        if (first < 0 || first > elementCount - length)
        {
            throw new ArgumentOutOfRangeException(
                nameof(first), first, $"Tensor '{name}' in {source} has {elementCount} elements; {length} from that one on are not among them.");
        }
    }
}
