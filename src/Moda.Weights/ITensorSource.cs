namespace Moda.Weights;

/// <summary>Named tensors from somewhere: a safetensors file, a PyTorch checkpoint, or computed ones.</summary>
internal interface ITensorSource
{
    /// <summary>Where the tensors come from, for messages: a path, or <c>synthetic tiny, seed 0</c>.</summary>
    string Description { get; }

    /// <summary>The names of all tensors.</summary>
    IReadOnlyCollection<string> Names { get; }

    /// <summary>Looks a tensor up.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="shape">Its extents, outermost first; empty for a scalar.</param>
    /// <returns>Whether there is such a tensor.</returns>
    bool TryGetShape(string name, out ReadOnlyMemory<int> shape);

    /// <summary>Reads a tensor as float32, converting from what is stored.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="destination">Row-major, exactly as many as the tensor has elements.</param>
    /// <exception cref="TensorNotFoundException">There is no such tensor.</exception>
    /// <exception cref="TensorMismatchException">The destination has another length.</exception>
    void Read(string name, Span<float> destination);

    /// <summary>Reads some elements of a tensor as float32. Any number of threads may do so at once.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="first">The first element, counted row-major.</param>
    /// <param name="destination">Receives that element and those that follow it.</param>
    /// <exception cref="TensorNotFoundException">There is no such tensor.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The tensor ends before the destination is full.</exception>
    void ReadRange(string name, int first, Span<float> destination);
}
