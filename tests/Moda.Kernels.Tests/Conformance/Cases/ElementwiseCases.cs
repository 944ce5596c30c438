using Moda.Kernels.Tests.Reference;

namespace Moda.Kernels.Tests.Conformance.Cases;

/// <summary>Add, add scaled, multiply, activate, scale and shift, copy.</summary>
internal static class ElementwiseCases
{
    private static readonly Activation[] Activations =
    [
        Activation.None, Activation.Relu, Activation.LeakyRelu(0.2f), Activation.Gelu, Activation.GeluTanh, Activation.Silu, Activation.Sigmoid,
    ];

    public static IEnumerable<OpCase> All => [.. Binary(), .. AddScaled(), .. Activate(), .. ScaleShift(), .. Copy()];

    private static IEnumerable<OpCase> Binary()
    {
        foreach (int channels in OpCases.ChannelCounts)
        {
            var shape = new Shape(3, 5, channels);
            yield return Add($"{channels} channels", shape, shape, default);
            yield return Add($"{channels} channels with gaps", shape, shape, default, gap: 7);
            yield return Multiply($"{channels} channels by [5, C]", shape, new Shape(5, channels), default);
            yield return Multiply($"{channels} channels by [C] with gaps", shape, new Shape(channels), default, gap: 4);
            yield return Multiply($"{channels} channels by one for each position", shape, shape.WithChannels(1), default, gap: channels % 3);
        }

        foreach (Activation activation in Activations)
        {
            var shape = new Shape(2, 9, 83);
            yield return Add($"then {activation.Kind}", shape, shape, activation);
            yield return Multiply($"then {activation.Kind}", shape, shape.WithChannels(1), activation);
        }

        var wide = new Shape(1, 67, 67, 33);
        yield return Add("in place of the first", wide, wide, Activation.Relu, inPlaceOf: 0);
        yield return Add("in place of the second", wide, wide, default, inPlaceOf: 1);
        yield return Multiply("in place", wide, new Shape(67, 67, 33), default, inPlaceOf: 0);
        yield return Multiply("many positions", new Shape(64, 64, 64), new Shape(64, 64, 1), default);
        yield return Add("one element", new Shape(1), new Shape(1), default);
    }

    private static IEnumerable<OpCase> AddScaled()
    {
        foreach (int channels in OpCases.ChannelCounts)
        {
            yield return AddScaledCase(new Shape(3, 5, channels), gap: 0, inPlaceOf: -1);
            yield return AddScaledCase(new Shape(3, 5, channels), gap: 6, inPlaceOf: -1);
        }

        yield return AddScaledCase(new Shape(80, 1, 70), gap: 0, inPlaceOf: 0);
        yield return AddScaledCase(new Shape(80, 2, 70), gap: 0, inPlaceOf: 1);
        yield return AddScaledCase(new Shape(67, 67, 1, 33), gap: 0, inPlaceOf: -1);
        yield return AddScaledCase(new Shape(8, 70), gap: 3, inPlaceOf: -1);
    }

    private static OpCase AddScaledCase(Shape shape, int gap, int inPlaceOf)
    {
        return new OpCase
        {
            Op = nameof(Device.AddScaled),
            Name = $"{shape}, gap {gap}, in place of {inPlaceOf}",
            Inputs = [new Operand(shape, gap), new Operand(shape, gap / 2), new Operand(new Shape(shape[^2])) { IsFloat32 = true }],
            Output = shape,
            OutputGap = gap,
            InPlaceOf = inPlaceOf,
            Reference = new AddScaledReference(),
            Prepare = o => () => o.Device.AddScaled(o.Inputs[0], o.Inputs[1], o.Inputs[2], o.Output),
        };
    }

    private static IEnumerable<OpCase> Activate()
    {
        foreach (Activation activation in Activations)
        {
            foreach (int gap in (int[])[0, 3])
            {
                foreach (int channels in (int[])[1, 7, 16, 17, 130])
                {
                    var shape = new Shape(2, 11, channels);
                    yield return new OpCase
                    {
                        Op = nameof(Device.Activate),
                        Name = $"{activation.Kind}, {channels} channels, gap {gap}",
                        Inputs = [new Operand(shape, gap, random => 4 * Operand.Normal(random))],
                        Output = shape,
                        OutputGap = gap,
                        Reference = new ActivateReference(activation),
                        Prepare = o => () => o.Device.Activate(o.Inputs[0], activation, o.Output),
                    };
                }
            }
        }

        var large = new Shape(128, 128, 12);
        yield return new OpCase
        {
            Op = nameof(Device.Activate),
            Name = "in place",
            Inputs = [new Operand(large)],
            Output = large,
            InPlaceOf = 0,
            Reference = new ActivateReference(Activation.Sigmoid),
            Prepare = o => () => o.Device.Activate(o.Inputs[0], Activation.Sigmoid, o.Output),
        };
    }

    private static IEnumerable<OpCase> ScaleShift()
    {
        foreach (int channels in OpCases.ChannelCounts)
        {
            Activation activation = Activations[channels % Activations.Length];
            var shape = new Shape(2, 13, channels);
            yield return new OpCase
            {
                Op = nameof(Device.ScaleShift),
                Name = $"{channels} channels, {activation.Kind}",
                Inputs = [new Operand(shape, channels % 4), new Operand(new Shape(channels)), new Operand(new Shape(channels))],
                Output = shape,
                OutputGap = channels % 3,
                Reference = new ScaleShiftReference(activation),
                Prepare = o => () => o.Device.ScaleShift(o.Inputs[0], o.Inputs[1], o.Inputs[2], activation, o.Output),
            };
        }

        var volume = new Shape(1, 16, 32, 32, 34);
        yield return new OpCase
        {
            Op = nameof(Device.ScaleShift),
            Name = "in place",
            Inputs = [new Operand(volume), new Operand(new Shape(34)), new Operand(new Shape(34))],
            Output = volume,
            InPlaceOf = 0,
            Reference = new ScaleShiftReference(Activation.Relu),
            Prepare = o => () => o.Device.ScaleShift(o.Inputs[0], o.Inputs[1], o.Inputs[2], Activation.Relu, o.Output),
        };
    }

    private static IEnumerable<OpCase> Copy()
    {
        foreach (int channels in OpCases.ChannelCounts)
        {
            foreach ((int inputGap, int outputGap) in ((int, int)[])[(0, 0), (5, 0), (0, 3), (2, 9)])
            {
                yield return CopyCase(new Shape(3, 7, channels), inputGap, outputGap);
            }

            yield return CopyCase(new Shape(3, 7, channels), 2, 0, from: new Shape(7, channels));
            yield return CopyCase(new Shape(3, 7, channels), 0, 4, from: new Shape(channels));
        }

        yield return CopyCase(new Shape(256, 256, 3), 0, 0);
        yield return CopyCase(new Shape(96, 96, 48), 16, 0);
    }

    private static OpCase CopyCase(Shape shape, int inputGap, int outputGap, Shape? from = null) => new()
    {
        Op = nameof(Device.Copy),
        Name = $"{from ?? shape} to {shape}, gaps {inputGap} to {outputGap}",
        Inputs = [new Operand(from ?? shape, inputGap)],
        Output = shape,
        OutputGap = outputGap,
        Exact = true,
        Reference = new CopyReference(),
        Prepare = o => () => o.Device.Copy(o.Inputs[0], o.Output),
    };

    private static OpCase Add(string name, Shape left, Shape right, Activation activation, int gap = 0, int inPlaceOf = -1) => new()
    {
        Op = nameof(Device.Add),
        Name = name,
        Inputs = [new Operand(left, gap), new Operand(right, gap / 2)],
        Output = left,
        OutputGap = gap,
        InPlaceOf = inPlaceOf,
        Reference = new AddReference(activation),
        Prepare = o => () => o.Device.Add(o.Inputs[0], o.Inputs[1], activation, o.Output),
    };

    private static OpCase Multiply(string name, Shape left, Shape right, Activation activation, int gap = 0, int inPlaceOf = -1) => new()
    {
        Op = nameof(Device.Multiply),
        Name = name,
        Inputs = [new Operand(left, gap), new Operand(right, gap / 2)],
        Output = left,
        OutputGap = gap,
        InPlaceOf = inPlaceOf,
        Reference = new MultiplyReference(activation),
        Prepare = o => () => o.Device.Multiply(o.Inputs[0], o.Inputs[1], activation, o.Output),
    };
}
