namespace Moda.Weights.Torch;

/// <summary>A run of elements in a checkpoint that one or more tensors look at.</summary>
/// <param name="Key">Its name in the checkpoint.</param>
/// <param name="Type">How its elements are stored; null for raw bytes, whose tensors say it themselves.</param>
/// <param name="ElementCount">How many elements it has: bytes, when the type is not known.</param>
/// <param name="FirstElement">Where it begins in the stored run of that key, in elements; other than 0 only for the oldest files.</param>
internal sealed record TorchStorage(string Key, StoredType? Type, long ElementCount, long FirstElement = 0);

/// <summary>A tensor of a checkpoint: a strided look at a storage.</summary>
/// <param name="Storage">What it looks at.</param>
/// <param name="Type">How its elements are stored.</param>
/// <param name="Offset">The index of its first element in the storage.</param>
/// <param name="Shape">Its extents, outermost first.</param>
/// <param name="Strides">For each extent, how many elements of the storage lie between neighbours.</param>
internal sealed record TorchTensor(TorchStorage Storage, StoredType Type, long Offset, int[] Shape, long[] Strides)
{
    /// <summary>How many elements it has.</summary>
    public int ElementCount { get; } = Shape.Aggregate(1, (count, extent) => count * extent);

    /// <summary>Whether its elements lie in the storage one after another, row-major.</summary>
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

    /// <summary>How many elements of the storage lie between its first and its last one, both included.</summary>
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
