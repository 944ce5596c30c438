namespace Moda.Weights.Safetensors;

/// <summary>One tensor of a safetensors file: what its header says about it.</summary>
/// <param name="Name">The tensor's name.</param>
/// <param name="Type">How its elements are stored.</param>
/// <param name="Shape">Its extents, outermost first; empty for a scalar.</param>
internal sealed record SafetensorsEntry(string Name, StoredType Type, ReadOnlyMemory<int> Shape)
{
    /// <summary>How many elements it has.</summary>
    public int ElementCount { get; } = TensorShape.ElementCount(Shape.Span);

    /// <summary>Bytes of its elements.</summary>
    public long ByteLength => (long)ElementCount * Type.SizeInBytes();

    /// <summary>Where its bytes begin, counted from the end of the header.</summary>
    internal long Offset { get; init; }
}
