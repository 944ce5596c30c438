namespace Moda.Kernels.Cuda.Driver;

/// <summary>A tensor as the copy engine sees it: extents innermost first, and how much one copy brings.</summary>
internal readonly ref struct TensorMapLayout
{
    /// <summary>The type of an element.</summary>
    public required TensorMapDataType DataType { get; init; }

    /// <summary>The first element; aligned to 16 bytes.</summary>
    public required ulong Address { get; init; }

    /// <summary>Extents in elements, innermost first; one to five.</summary>
    public required ReadOnlySpan<ulong> Extents { get; init; }

    /// <summary>Bytes from one position to the next along every axis but the innermost; multiples of 16, one fewer than extents.</summary>
    public required ReadOnlySpan<ulong> Strides { get; init; }

    /// <summary>How shared memory is permuted.</summary>
    public TensorMapSwizzle Swizzle { get; init; }

    /// <summary>How much is brought into L2 at once.</summary>
    public TensorMapL2Promotion L2Promotion { get; init; }

    /// <summary>What is read outside of the tensor.</summary>
    public TensorMapFill Fill { get; init; }
}
