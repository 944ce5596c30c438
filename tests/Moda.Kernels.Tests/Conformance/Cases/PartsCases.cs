using Moda.Kernels.Tests.Reference;
using Moda.Testing.Cases;

namespace Moda.Kernels.Tests.Conformance.Cases;

/// <summary>Ops on the streams of a transformer block, each with parameters of its own.</summary>
internal static class PartsCases
{
    private const float Epsilon = 1e-6f;
    private const int BatchSize = 2;

    public static IEnumerable<OpCase> All =>
    [
        LinearCase([80, 70, 1, 1], 768, 192, Activation.None, isGated: true, gap: 0),
        LinearCase([33, 95], 200, 72, Activation.None, isGated: true, gap: 16),
        LinearCase([80, 80, 1, 1], 96, 4096, Activation.GeluTanh, isGated: false, gap: 32),
        LinearCase([7, 1, 130], 64, 136, Activation.Gelu, isGated: false, gap: 0),
        LinearCase([7, 1, 2], 40, 24, Activation.Relu, isGated: true, gap: 0, exact: true),
        LinearCase([3, 5], 63, 33, Activation.Silu, isGated: true, gap: 1),
        ModulatedCase([80, 80, 1, 1], 768, gap: 0),
        ModulatedCase([5, 64], 768, gap: 16),
        ModulatedCase([3, 2, 9], 40, gap: 32),
        ModulatedCase([3, 2], 33, gap: 3),
        ModulatedCase([2, 2, 2, 2, 2], 64, gap: 0),
        HeadsCase([80, 80, 1, 1], 64, 12, gap: 1536),
        HeadsCase([31, 2], 64, 3, gap: 0),
        HeadsCase([5, 6, 7], 16, 3, gap: 7),
    ];

    private static OpCase LinearCase(
        int[] lengths, int inputs, int outputs, Activation activation, bool isGated, int gap, bool exact = false)
    {
        const int FirstOperand = 2;
        const int OperandsEach = 3;
        Func<Random, float>? values = exact ? Operand.SmallInteger : null;
        Shape output = new(lengths.Sum(), BatchSize, outputs);
        List<Operand> operands = [new(output.WithChannels(inputs), gap, values), new(output, gap, values)];
        foreach (int length in lengths)
        {
            operands.Add(new Operand(new Shape(outputs, inputs), 0, values));
            operands.Add(new Operand(new Shape(outputs), 0, values));
            operands.Add(new Operand(new Shape(BatchSize, outputs), gap, values));
        }

        // The reference's order: input, residual, weight, bias, gate.
        int Start(int part) => FirstOperand + (part * OperandsEach);
        return new OpCase
        {
            Op = "Linear parts",
            Name = $"{string.Join(" + ", lengths)} tokens, {inputs} to {outputs}, {activation.Kind}{(isGated ? ", gated" : "")}",
            Inputs = [.. operands],
            Output = output,
            OutputGap = gap,
            Exact = exact,
            Reference = new PartsReference(
                [.. lengths.Select(length => (length, (IReferenceOp)new LinearReference(length, inputs, outputs, activation, isGated)))],
                Tokens: 2,
                [.. lengths.Select((_, part) => Enumerable.Range(Start(part), OperandsEach).ToArray())]),
            Prepare = o =>
            {
                var parts = new LinearPart[lengths.Length];
                for (int part = 0, start = 0; part < lengths.Length; start += lengths[part++])
                {
                    LinearWeights weights = o.Parameters.Linear(Host(o, Start(part)), Host(o, Start(part) + 1), outputs, inputs);
                    var epilogue = new Epilogue
                    {
                        Activation = activation,
                        Gate = isGated ? o.Inputs[Start(part) + 2] : null,
                        Residual = isGated ? o.Inputs[1].Slice(start, lengths[part]) : null,
                    };
                    parts[part] = new LinearPart(o.Inputs[0].Slice(start, lengths[part]), weights, epilogue, o.Output.Slice(start, lengths[part]));
                }

                return () => o.Device.Linear(parts, default);
            },
        };
    }

    private static OpCase ModulatedCase(int[] lengths, int channels, int gap)
    {
        var shape = new Shape(lengths.Sum(), BatchSize, channels);
        List<Operand> operands = [new(shape, gap)];
        foreach (int length in lengths)
        {
            operands.Add(new Operand(new Shape(BatchSize, channels), 2 * gap));
            operands.Add(new Operand(new Shape(BatchSize, channels), gap));
        }

        return new OpCase
        {
            Op = "AdaRmsNorm parts",
            Name = $"{string.Join(" + ", lengths)} tokens of {channels} channels",
            Inputs = [.. operands],
            Output = shape,
            OutputGap = gap,
            Reference = new PartsReference(
                [.. lengths.Select(length => (length, (IReferenceOp)new AdaRmsNormReference(Epsilon)))],
                Tokens: 1,
                [.. lengths.Select((_, part) => (int[])[1 + (2 * part), 2 + (2 * part)])]),
            Prepare = o =>
            {
                var parts = new AdaRmsNormPart[lengths.Length];
                for (int part = 0, start = 0; part < lengths.Length; start += lengths[part++])
                {
                    parts[part] = new AdaRmsNormPart(
                        o.Inputs[0].Slice(start, lengths[part]),
                        o.Inputs[1 + (2 * part)],
                        o.Inputs[2 + (2 * part)],
                        o.Output.Slice(start, lengths[part]));
                }

                return () => o.Device.AdaRmsNorm(parts, Epsilon);
            },
        };
    }

    // Every second part is rotated.
    private static OpCase HeadsCase(int[] lengths, int headChannels, int headCount, int gap)
    {
        const int Positions = 9;
        var shape = new Shape(lengths.Sum(), BatchSize, headCount * headChannels);
        List<Operand> operands = [new(shape, gap), new(new Shape(Positions, headChannels), 0, Operand.Uniform(-1, 1))];
        operands.AddRange(lengths.Select(_ => new Operand(new Shape(headChannels))));
        return new OpCase
        {
            Op = "QkNormRope parts",
            Name = $"{string.Join(" + ", lengths)} tokens, {headCount} heads of {headChannels}",
            Inputs = [.. operands],
            Output = shape,
            InPlaceOf = 0,
            Reference = new PartsReference(
                [.. lengths.Select(length => (length, (IReferenceOp)new QkNormRopeReference(headCount, Epsilon)))],
                Tokens: 1,
                [.. lengths.Select((_, part) => part % 2 == 0 ? (int[])[2 + part, 1] : [2 + part])]),
            Prepare = o =>
            {
                var parts = new QkNormRopePart[lengths.Length];
                for (int part = 0, start = 0; part < lengths.Length; start += lengths[part++])
                {
                    parts[part] = new QkNormRopePart(o.Output.Slice(start, lengths[part]), o.Inputs[2 + part], part % 2 == 0 ? o.Inputs[1] : null);
                }

                return () => o.Device.QkNormRope(parts, headCount, Epsilon);
            },
        };
    }

    private static float[] Host(OpOperands operands, int input)
    {
        var values = new float[operands.Inputs[input].Shape.ElementCount];
        operands.Device.Read(operands.Inputs[input], values);
        return values;
    }

    /// <summary>Inputs: tokens, residual, weight, bias, gate; residual and gate count where the layer is gated.</summary>
    private sealed record LinearReference(int Length, int Inputs, int Outputs, Activation Activation, bool IsGated) : IReferenceOp
    {
        public ReferenceTensor<T> Compute<T>(ReferenceTensor<T>[] inputs, Shape output)
            where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
        {
            const int Residual = 3;
            const int Gate = 4;
            var linear = new ConvolutionReference(
                new ConvolutionCase(Inputs, Outputs, 1, new(Length, 1, BatchSize)), Activation, HasBias: true, IsGated ? Residual : -1, IsGated ? Gate : -1);
            return linear.Compute([inputs[0], inputs[2], inputs[3], inputs[1], inputs[4]], output);
        }
    }
}
