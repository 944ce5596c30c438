using System.Collections.Concurrent;
using Moda.Kernels.Forwards;
using Moda.Kernels.Tests.Reference;

namespace Moda.Kernels.Tests.Conformance;

/// <summary>What a case hands to the op: a device with the tensors laid out as the case wants them.</summary>
/// <param name="Device">The device.</param>
/// <param name="Parameters">For ops that pack their weights.</param>
/// <param name="Inputs">The inputs, already written.</param>
/// <param name="Output">Where to write.</param>
/// <param name="Plan">Plans ops of a workspace as one forward, which the returned action runs.</param>
internal sealed record OpOperands(
    Device Device, ParameterStore Parameters, Tensor[] Inputs, Tensor Output, Func<Action<Workspace>, Action> Plan);

/// <summary>One call of an op with given shapes, gaps and values.</summary>
internal sealed record OpCase
{
    private readonly ConcurrentDictionary<ElementType, Expectation> expectations = new();

    /// <summary>The op.</summary>
    public required string Op { get; init; }

    /// <summary>What is special about this case.</summary>
    public required string Name { get; init; }

    public required Operand[] Inputs { get; init; }

    public required Shape Output { get; init; }

    /// <summary>Elements between the positions of the output.</summary>
    public int OutputGap { get; init; }

    /// <summary>The input whose memory the output shares, or -1.</summary>
    public int InPlaceOf { get; init; } = -1;

    /// <summary>Whether the op only moves values, or the values are integers that no sum leaves float32 with: no error is allowed but that of storing.</summary>
    public bool Exact { get; init; }

    public required IReferenceOp Reference { get; init; }

    /// <summary>
    /// Packs weights and plans forwards, then returns the call of the op.
    /// </summary>
    public required Func<OpOperands, Action> Prepare { get; init; }

    /// <summary>
    /// What the op must give for inputs as a device stores them, in float64, and the error that a plain float32 implementation makes.
    /// Computed once for each way of storing.
    /// </summary>
    public Expectation Expect(ElementType type, float[][] storedInputs) =>
        expectations.GetOrAdd(type, _ => Expectation.Compute(this, storedInputs));

    /// <summary>Elements of inputs and output.</summary>
    public long ElementCount => Output.ElementCount + Inputs.Sum(input => (long)input.Shape.ElementCount);

    public override string ToString() => $"{Op} {Name}";
}

/// <summary>The truth in float64 and the relative L2 error of the plain float32 implementation.</summary>
internal sealed record Expectation(double[] Values, double PlainError)
{
    public static Expectation Compute(OpCase opCase, float[][] inputs)
    {
        double[] truth = opCase.Reference.Compute(Convert(opCase, inputs, value => (double)value), opCase.Output).Values;
        float[] plain = opCase.Reference.Compute(Convert(opCase, inputs, value => value), opCase.Output).Values;
        return new Expectation(truth, RelativeError(truth, plain));
    }

    /// <summary>||actual - expected|| / ||expected||.</summary>
    public static double RelativeError(ReadOnlySpan<double> expected, ReadOnlySpan<float> actual)
    {
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            difference += (actual[i] - expected[i]) * (actual[i] - expected[i]);
            norm += expected[i] * expected[i];
        }

        return difference == 0 ? 0 : Math.Sqrt(difference / norm);
    }

    private static ReferenceTensor<T>[] Convert<T>(OpCase opCase, float[][] inputs, Converter<float, T> convert)
        where T : unmanaged, System.Numerics.IFloatingPointIeee754<T> =>
        [.. inputs.Select((values, i) => new ReferenceTensor<T>(opCase.Inputs[i].Shape, Array.ConvertAll(values, convert)))];
}
