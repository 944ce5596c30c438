namespace Moda.Weights.Conversion;

/// <summary>How a canonical tensor is computed from the tensors of a checkpoint.</summary>
internal abstract class TensorRecipe
{
    /// <summary>The tensor's shape.</summary>
    public abstract ReadOnlyMemory<int> Shape { get; }

    /// <summary>Whether the values are computed. Otherwise they are the checkpoint's values, bit for bit.</summary>
    public virtual bool IsFolded => false;

    /// <summary>Writes the tensor's elements, row-major.</summary>
    public abstract void Read(Span<float> destination);

    /// <summary>Writes some of the tensor's elements. A recipe whose values depend on the whole tensor computes the whole tensor first.</summary>
    /// <param name="first">The index of the first element, row-major.</param>
    /// <param name="destination">Receives the first element and those that follow it. It must not reach past the tensor's end.</param>
    public virtual void ReadRange(int first, Span<float> destination)
    {
        float[] values = GC.AllocateUninitializedArray<float>(TensorShape.ElementCount(Shape.Span));
        Read(values);
        values.AsSpan(first, destination.Length).CopyTo(destination);
    }

    protected static ReadOnlyMemory<int> ShapeOf(ITensorSource source, string name) =>
        source.TryGetShape(name, out ReadOnlyMemory<int> shape) ? shape : throw new TensorNotFoundException(name, source.Description);

    protected static float[] ReadAll(ITensorSource source, string name)
    {
        float[] values = new float[TensorShape.ElementCount(ShapeOf(source, name).Span)];
        source.Read(name, values);
        return values;
    }
}

/// <summary>A tensor that is taken from the checkpoint unchanged.</summary>
internal sealed class PlainTensor(ITensorSource source, string name) : TensorRecipe
{
    public override ReadOnlyMemory<int> Shape { get; } = ShapeOf(source, name);

    public override void Read(Span<float> destination) => source.Read(name, destination);

    public override void ReadRange(int first, Span<float> destination) => source.ReadRange(name, first, destination);
}

/// <summary>
/// Spectral normalisation in evaluation mode (Miyato et al. 2018): the weight divided by its largest singular value. The stored vectors
/// estimate that value as <c>u . (W v)</c>, with W flattened to [outputs, rest]. Computed in float64.
/// </summary>
internal sealed class SpectralNormTensor : TensorRecipe
{
    private readonly ITensorSource source;
    private readonly string weight;
    private readonly string left;
    private readonly string right;

    public SpectralNormTensor(ITensorSource source, string weight, string left, string right)
    {
        this.source = source;
        this.weight = weight;
        this.left = left;
        this.right = right;
        Shape = ShapeOf(source, weight);
        int rows = Shape.Length > 0 ? Shape.Span[0] : 1;
        int columns = rows == 0 ? 0 : TensorShape.ElementCount(Shape.Span) / rows;
        CheckLength(left, rows);
        CheckLength(right, columns);
    }

    public override ReadOnlyMemory<int> Shape { get; }

    public override bool IsFolded => true;

    public override void Read(Span<float> destination)
    {
        source.Read(weight, destination);
        float[] u = ReadAll(source, left);
        float[] v = ReadAll(source, right);
        double sigma = 0;
        for (int row = 0; row < u.Length; row++)
        {
            ReadOnlySpan<float> weights = destination.Slice(row * v.Length, v.Length);
            double sum = 0;
            for (int i = 0; i < v.Length; i++)
            {
                sum += (double)weights[i] * v[i];
            }

            sigma += u[row] * sum;
        }

        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = (float)(destination[i] / sigma);
        }
    }

    private void CheckLength(string name, int length)
    {
        ReadOnlyMemory<int> shape = ShapeOf(source, name);
        if (TensorShape.ElementCount(shape.Span) != length)
        {
            throw new TensorMismatchException(name, source.Description, $"[{length}] of the spectral norm of '{weight}'", TensorShape.Format(shape.Span));
        }
    }
}

/// <summary>
/// Weight normalisation (Salimans and Kingma 2016): <c>g v / |v|</c>. The norm is taken over the dimensions in which g has one element.
/// Computed in float64.
/// </summary>
internal sealed class WeightNormTensor : TensorRecipe
{
    private readonly ITensorSource source;
    private readonly string magnitude;
    private readonly string direction;
    private readonly int[] magnitudeStrides;

    public WeightNormTensor(ITensorSource source, string magnitude, string direction)
    {
        this.source = source;
        this.magnitude = magnitude;
        this.direction = direction;
        Shape = ShapeOf(source, direction);
        ReadOnlyMemory<int> shape = ShapeOf(source, magnitude);
        magnitudeStrides = new int[Shape.Length];
        bool fits = shape.Length == Shape.Length;
        int stride = 1;
        for (int i = Shape.Length - 1; fits && i >= 0; i--)
        {
            int extent = shape.Span[i];
            fits = extent == 1 || extent == Shape.Span[i];
            magnitudeStrides[i] = extent == 1 ? 0 : stride;
            stride *= extent;
        }

        if (!fits)
        {
            throw new TensorMismatchException(
                magnitude, source.Description, $"a shape that fits {TensorShape.Format(Shape.Span)} of '{direction}'", TensorShape.Format(shape.Span));
        }
    }

    public override ReadOnlyMemory<int> Shape { get; }

    public override bool IsFolded => true;

    public override void Read(Span<float> destination)
    {
        source.Read(direction, destination);
        float[] g = ReadAll(source, magnitude);
        double[] squares = new double[g.Length];
        int[] owner = Owners(destination.Length);
        for (int i = 0; i < destination.Length; i++)
        {
            squares[owner[i]] += (double)destination[i] * destination[i];
        }

        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = (float)(destination[i] * (g[owner[i]] / Math.Sqrt(squares[owner[i]])));
        }
    }

    // For each element of v, the index of its magnitude in g.
    private int[] Owners(int count)
    {
        ReadOnlySpan<int> shape = Shape.Span;
        int[] owner = new int[count];
        int[] index = new int[shape.Length];
        int current = 0;
        for (int i = 0; i < count; i++)
        {
            owner[i] = current;
            for (int d = shape.Length - 1; d >= 0; d--)
            {
                current += magnitudeStrides[d];
                if (++index[d] < shape[d])
                {
                    break;
                }

                current -= magnitudeStrides[d] * index[d];
                index[d] = 0;
            }
        }

        return owner;
    }
}
