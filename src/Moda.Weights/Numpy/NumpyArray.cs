namespace Moda.Weights.Numpy;

/// <summary>An array of a pickle: its bytes as the file has them, converted only when they are asked for.</summary>
internal sealed class NumpyArray
{
    private byte[] bytes = [];
    private StoredType type;
    private bool isFortranOrdered;

    /// <summary>Its extents, outermost first; none for a scalar.</summary>
    public int[] Shape { get; private set; } = [0];

    /// <summary>How many elements it has.</summary>
    public int ElementCount => TensorShape.ElementCount(Shape);

    /// <summary>Gives the array its elements.</summary>
    /// <exception cref="InvalidDataException">The bytes are not those of so many elements.</exception>
    public void Fill(int[] shape, StoredType elementType, byte[] elements, bool fortranOrder)
    {
        if (TensorShape.ElementCount(shape) * (long)elementType.SizeInBytes() != elements.Length)
        {
            throw new InvalidDataException($"An array {TensorShape.Format(shape)} of {elementType} has {elements.Length} bytes.");
        }

        (Shape, type, bytes, isFortranOrdered) = (shape, elementType, elements, fortranOrder);
    }

    /// <summary>Reads all elements, row-major, whatever their order in the file.</summary>
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
