namespace Moda.Weights.Torch;

/// <summary>A run of elements in a checkpoint that one or more tensors refer to.</summary>
/// <param name="Key">The storage's name in the checkpoint.</param>
/// <param name="Type">The stored type of the elements; null for raw bytes, whose type each tensor gives.</param>
/// <param name="ElementCount">The number of elements, or of bytes when the type is null.</param>
/// <param name="FirstElement">
/// The index of the storage's first element among the stored elements of its key. It is 0 except in the oldest files.
/// </param>
internal sealed record TorchStorage(string Key, StoredType? Type, long ElementCount, long FirstElement = 0);

/// <summary>A tensor of a checkpoint: a strided view of a storage.</summary>
/// <param name="Storage">The storage that the tensor views.</param>
/// <param name="Type">The stored type of the elements.</param>
/// <param name="Offset">The index of the tensor's first element in the storage.</param>
/// <param name="Shape">Its extents, outermost first.</param>
/// <param name="Strides">For each dimension, the distance between neighbouring elements, in elements of the storage.</param>
internal sealed record TorchTensor(TorchStorage Storage, StoredType Type, long Offset, int[] Shape, long[] Strides)
{
    /// <summary>The number of elements.</summary>
    public int ElementCount { get; } = Shape.Aggregate(1, (count, extent) => count * extent);

    /// <summary>Whether the elements are adjacent in the storage, in row-major order.</summary>
    public bool IsContiguous
    {
        get
        {
            long expected = 1;
            for (int i = Shape.Length - 1; i >= 0; i--)
            {
                if (Shape[i] != 1 && Strides[i] != expected)
                {
                    return ElementCount == 0;
                }

                expected *= Shape[i];
            }

            return true;
        }
    }

    /// <summary>The number of elements of the storage from the tensor's first to its last element, both included.</summary>
    public long Span
    {
        get
        {
            if (ElementCount == 0)
            {
                return 0;
            }

            long last = 0;
            for (int i = 0; i < Shape.Length; i++)
            {
                last += (Shape[i] - 1) * Strides[i];
            }

            return last + 1;
        }
    }
}
