namespace Moda.Weights.Safetensors;

/// <summary>The header entry of one tensor in a safetensors file.</summary>
/// <param name="Name">The tensor's name.</param>
/// <param name="Type">The stored type of the elements.</param>
/// <param name="Shape">The tensor's extents, outermost first; empty for a scalar.</param>
internal sealed record SafetensorsEntry(string Name, StoredType Type, ReadOnlyMemory<int> Shape)
{
    /// <summary>The number of elements.</summary>
    public int ElementCount { get; } = TensorShape.ElementCount(Shape.Span);

    /// <summary>The size of all elements in bytes.</summary>
    public long ByteLength => (long)ElementCount * Type.SizeInBytes();

    /// <summary>The position of the tensor's first byte, counted from the end of the header.</summary>
    internal long Offset { get; init; }
}
