namespace Moda.Weights;

/// <summary>Named tensors from a safetensors file, a PyTorch checkpoint, or a computation.</summary>
internal interface ITensorSource
{
    /// <summary>Where the tensors come from, for messages: a path, or <c>synthetic tiny, seed 0</c>.</summary>
    string Description { get; }

    /// <summary>The names of all tensors.</summary>
    IReadOnlyCollection<string> Names { get; }

    /// <summary>Looks a tensor up.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="shape">The tensor's extents, outermost first; empty for a scalar.</param>
    /// <returns>Whether there is such a tensor.</returns>
    bool TryGetShape(string name, out ReadOnlyMemory<int> shape);

    /// <summary>Reads a tensor as float32, converting from its stored type.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="destination">Receives the elements, row-major. Its length must equal the tensor's element count.</param>
    /// <exception cref="TensorNotFoundException">There is no such tensor.</exception>
    /// <exception cref="TensorMismatchException">The destination has another length.</exception>
    void Read(string name, Span<float> destination);

    /// <summary>Reads some elements of a tensor as float32. Several threads may call this at once.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="first">The first element, counted row-major.</param>
    /// <param name="destination">Receives the first element and those that follow it.</param>
    /// <exception cref="TensorNotFoundException">There is no such tensor.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The tensor ends before the destination is full.</exception>
    void ReadRange(string name, int first, Span<float> destination);
}
