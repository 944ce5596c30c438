using Moda.Kernels.Forwards;

namespace Moda.Kernels.Tests.Conformance.Batch;

/// <summary>A tensor that holds the elements of a batch along one axis, or is the same for all of them.</summary>
/// <param name="Shape">The tensor of one element.</param>
/// <param name="Axis">Along which elements follow each other; -1 where all elements share the tensor.</param>
internal sealed record BatchTensor(Shape Shape, int Axis = 0)
{
    /// <summary>Whether it is stored as float32 on every device.</summary>
    public bool IsFloat32 { get; init; }

    /// <summary>The least of the values, which reach up to 1.</summary>
    public float Least { get; init; } = -1;

    /// <summary>The tensor of so many elements.</summary>
    public Shape ShapeOf(int elements) => Axis < 0 ? Shape : Shape.With(Axis, elements * Shape[Axis]);

    /// <summary>Random values of one element, the same for the same seed.</summary>
    public float[] Draw(int seed)
    {
        var random = new Random(seed);
        var values = new float[Shape.ElementCount];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = Least + ((1 - Least) * random.NextSingle());
        }

        return values;
    }

    /// <summary>The values of a batch: those of its elements, side by side along the axis.</summary>
    public float[] Join(IReadOnlyList<float[]> elements)
    {
        if (Axis < 0)
        {
            return elements[0];
        }

        int run = RunLength(Shape);
        var joined = new float[elements.Count * elements[0].Length];
        for (int element = 0; element < elements.Count; element++)
        {
            for (int outer = 0; outer * run < elements[element].Length; outer++)
            {
                elements[element].AsSpan(outer * run, run).CopyTo(joined.AsSpan(((outer * elements.Count) + element) * run));
            }
        }

        return joined;
    }

    /// <summary>One element of a batch, cut out of an output whose elements lie along this tensor's axis.</summary>
    public float[] Part(float[] batch, int elements, int element, Shape output)
    {
        int run = RunLength(output) / elements;
        var part = new float[batch.Length / elements];
        for (int outer = 0; outer * run < part.Length; outer++)
        {
            batch.AsSpan(((outer * elements) + element) * run, run).CopyTo(part.AsSpan(outer * run));
        }

        return part;
    }

    // Values of one index of the axes outside the batch axis.
    private int RunLength(Shape shape)
    {
        int run = 1;
        for (int axis = Axis; axis < shape.Rank; axis++)
        {
            run *= shape[axis];
        }

        return run;
    }
}

/// <summary>An op, or several, on a batch.</summary>
/// <param name="Op">The op of <see cref="Workspace"/>.</param>
/// <param name="Name">What is special about this case.</param>
/// <param name="Inputs">What it reads or changes in place; the output's elements lie along the axis of the first.</param>
/// <param name="Prepare">Packs weights; returns the call, which returns the output.</param>
internal sealed record BatchCase(
    string Op, string Name, BatchTensor[] Inputs, Func<ParameterStore, Func<Workspace, Tensor[], Tensor>> Prepare)
{
    /// <summary>Elements of the inputs for one element of the batch.</summary>
    public long ElementCount => Inputs.Sum(input => (long)input.Shape.ElementCount);

    public override string ToString() => $"{Op} {Name}";
}
