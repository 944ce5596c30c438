using Moda.Kernels.Tests.Reference;

namespace Moda.Kernels.Tests.Conformance.Cases;

/// <summary>Normalisations over the channels of a position.</summary>
internal static class NormalizationCases
{
    public static IEnumerable<OpCase> All => [.. LayerNorm(), .. RmsNorm(), .. AdaRmsNorm(), .. QkNormRope()];

    private static IEnumerable<OpCase> LayerNorm()
    {
        foreach (int channels in (int[])[.. OpCases.ChannelCounts, 768])
        {
            // A mean a hundred deviations away: what E[x^2] - E[x]^2 would not survive.
            yield return LayerNormCase(new Shape(9, channels), channels % 5, random => 100 + Operand.Normal(random));
        }

        yield return LayerNormCase(new Shape(3, 40, 768), 0, null, inPlace: true);
    }

    private static OpCase LayerNormCase(Shape shape, int gap, Func<Random, float>? values, bool inPlace = false)
    {
        const float Epsilon = 1e-5f;
        return new OpCase
        {
            Op = nameof(Device.LayerNorm),
            Name = $"{shape}, gap {gap}{(inPlace ? ", in place" : "")}",
            Inputs = [new Operand(shape, gap, values), new Operand(new Shape(shape.Channels)), new Operand(new Shape(shape.Channels))],
            Output = shape,
            OutputGap = gap / 2,
            InPlaceOf = inPlace ? 0 : -1,
            Reference = new LayerNormReference(Epsilon),
            Prepare = o => () => o.Device.LayerNorm(o.Inputs[0], o.Inputs[1], o.Inputs[2], Epsilon, o.Output),
        };
    }

    private static IEnumerable<OpCase> RmsNorm()
    {
        const float Epsilon = 1e-6f;
        foreach (int channels in (int[])[.. OpCases.ChannelCounts, 768])
        {
            var shape = new Shape(7, channels);
            yield return new OpCase
            {
                Op = nameof(Device.RmsNorm),
                Name = $"{channels} channels with weight",
                Inputs = [new Operand(shape, channels % 4), new Operand(new Shape(channels))],
                Output = shape,
                Reference = new RmsNormReference(Epsilon),
                Prepare = o => () => o.Device.RmsNorm(o.Inputs[0], o.Inputs[1], Epsilon, o.Output),
            };
            yield return new OpCase
            {
                Op = nameof(Device.RmsNorm),
                Name = $"{channels} channels in place, without weight",
                Inputs = [new Operand(shape, channels % 3)],
                Output = shape,
                InPlaceOf = 0,
                Reference = new RmsNormReference(Epsilon),
                Prepare = o => () => o.Device.RmsNorm(o.Inputs[0], null, Epsilon, o.Output),
            };
        }
    }

    private static IEnumerable<OpCase> AdaRmsNorm()
    {
        const float Epsilon = 1e-6f;
        foreach (int channels in (int[])[.. OpCases.ChannelCounts, 768])
        {
            var shape = new Shape(5, 2, channels);
            yield return new OpCase
            {
                Op = nameof(Device.AdaRmsNorm),
                Name = $"{channels} channels",

                // Shift and scale are usually parts of one modulation vector.
                Inputs = [new Operand(shape, channels % 3), new Operand(new Shape(2, channels), 5 * channels), new Operand(new Shape(2, channels), 9)],
                Output = shape,
                OutputGap = channels % 2,
                Reference = new AdaRmsNormReference(Epsilon),
                Prepare = o => () => o.Device.AdaRmsNorm(o.Inputs[0], o.Inputs[1], o.Inputs[2], Epsilon, o.Output),
            };
        }
    }

    private static IEnumerable<OpCase> QkNormRope()
    {
        foreach (int headChannels in (int[])[2, 4, 8, 10, 16, 18, 32, 64, 66, 128])
        {
            yield return QkNormRopeCase(new Shape(11, 2, 3 * headChannels), 3, positions: 4, gap: 6 * headChannels);
            yield return QkNormRopeCase(new Shape(6, 1, 2 * headChannels), 2, positions: 0, gap: 0);
        }

        yield return QkNormRopeCase(new Shape(5, 2, 3 * 7), 3, positions: 0, gap: 1);
        yield return QkNormRopeCase(new Shape(240, 2, 768), 12, positions: 80, gap: 1536);
    }

    private static OpCase QkNormRopeCase(Shape shape, int headCount, int positions, int gap)
    {
        const float Epsilon = 1e-5f;
        int headChannels = shape.Channels / headCount;
        Operand[] inputs = [new Operand(shape, gap), new Operand(new Shape(headChannels))];
        return new OpCase
        {
            Op = nameof(Device.QkNormRope),
            Name = $"{shape}, {headCount} heads, {positions} positions",
            Inputs = positions == 0 ? inputs : [.. inputs, new Operand(new Shape(positions, headChannels), 0, Operand.Uniform(-1, 1))],
            Output = shape,
            InPlaceOf = 0,
            Reference = new QkNormRopeReference(headCount, Epsilon),
            Prepare = o => () => o.Device.QkNormRope(
                o.Output, o.Inputs[1], o.Inputs.Length > 2 ? o.Inputs[2] : null, headCount, Epsilon),
        };
    }
}
