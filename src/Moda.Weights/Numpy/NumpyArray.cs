namespace Moda.Weights.Numpy;

/// <summary>A numpy array in a pickle. It keeps the bytes of the file and converts them when they are read.</summary>
internal sealed class NumpyArray
{
    private byte[] bytes = [];
    private StoredType type;
    private bool isFortranOrdered;

    /// <summary>The array's extents, outermost first; empty for a scalar.</summary>
    public int[] Shape { get; private set; } = [0];

    /// <summary>The number of elements.</summary>
    public int ElementCount => TensorShape.ElementCount(Shape);

    /// <summary>Gives the array its elements.</summary>
    /// <exception cref="InvalidDataException">The number of bytes does not fit the shape and the type.</exception>
    public void Fill(int[] shape, StoredType elementType, byte[] elements, bool fortranOrder)
    {
        if (TensorShape.ElementCount(shape) * (long)elementType.SizeInBytes() != elements.Length)
        {
            throw new InvalidDataException($"An array {TensorShape.Format(shape)} of {elementType} has {elements.Length} bytes.");
        }

        (Shape, type, bytes, isFortranOrdered) = (shape, elementType, elements, fortranOrder);
    }

    /// <summary>Reads all elements in row-major order, also when the file stores them in Fortran order.</summary>
    /// <param name="destination">As long as <see cref="ElementCount"/>.</param>
    public void Read(Span<float> destination)
    {
        TensorConversion.ToSingle(type, bytes, destination);
        if (isFortranOrdered && Shape.Length > 1)
        {
            Transpose(destination);
        }
    }

    // In Fortran order the first extent varies fastest.
    private void Transpose(Span<float> values)
    {
        float[] stored = values.ToArray();
        Span<int> steps = stackalloc int[Shape.Length];
        int step = 1;
        for (int axis = 0; axis < Shape.Length; axis++)
        {
            steps[axis] = step;
            step *= Shape[axis];
        }

        for (int i = 0; i < values.Length; i++)
        {
            int place = 0;
            for (int axis = Shape.Length - 1, rest = i; axis >= 0; rest /= Shape[axis--])
            {
                place += rest % Shape[axis] * steps[axis];
            }

            values[i] = stored[place];
        }
    }
}
