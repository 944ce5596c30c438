using Moda.Kernels.Fused;
using Moda.Kernels.Tests.Reference;

namespace Moda.Kernels.Tests.Conformance.Cases;

/// <summary>Statistics over positions and what is normalised with them.</summary>
internal static class StatisticsCases
{
    public static IEnumerable<OpCase> All =>
        [.. InstanceStatistics(), .. GlobalAveragePool(), .. GlobalResponseNorm(), .. SpadeModulate()];

    private static IEnumerable<OpCase> InstanceStatistics()
    {
        foreach (int channels in OpCases.ChannelCounts)
        {
            yield return InstanceStatisticsCase(new Shape(2, 9, 7, channels), channels % 5);
        }

        yield return InstanceStatisticsCase(new Shape(1, 1, 17), 0);
        yield return InstanceStatisticsCase(new Shape(1, 64, 5), 0);
        yield return InstanceStatisticsCase(new Shape(1, 65, 5), 0);
        yield return InstanceStatisticsCase(new Shape(1, 4, 40, 41, 20), 0);
        yield return InstanceStatisticsCase(new Shape(2, 130, 130, 67), 3);
    }

    private static OpCase InstanceStatisticsCase(Shape shape, int gap)
    {
        const float Epsilon = 1e-5f;
        return new OpCase
        {
            Op = nameof(Device.InstanceStatistics),
            Name = $"{shape}, gap {gap}",
            Inputs = [new Operand(shape, gap, random => 30 + Operand.Normal(random))],
            Output = new Shape(shape[0], 2, shape.Channels),
            Reference = new InstanceStatisticsReference(Epsilon),
            Prepare = o => () => o.Device.InstanceStatistics(o.Inputs[0], Epsilon, o.Output),
        };
    }

    private static IEnumerable<OpCase> GlobalAveragePool()
    {
        foreach (Shape shape in (Shape[])
            [new(1, 1, 1, 3), new(2, 5, 7, 17), new(3, 8, 8, 768), new(1, 90, 91, 33), new(2, 4, 9, 9, 16), new(2, 300, 5)])
        {
            yield return new OpCase
            {
                Op = nameof(Device.GlobalAveragePool),
                Name = $"{shape}",
                Inputs = [new Operand(shape, shape[1] % 4, random => 10 + Operand.Normal(random))],
                Output = new Shape(shape[0], shape.Channels),
                OutputGap = shape.Channels % 3,
                Reference = new GlobalAveragePoolReference(),
                Prepare = o => () => o.Device.GlobalAveragePool(o.Inputs[0], o.Output),
            };
        }
    }

    private static IEnumerable<OpCase> GlobalResponseNorm()
    {
        foreach (int channels in (int[])[1, 2, 3, 4, 15, 16, 17, 31, 33, 64, 100, 384])
        {
            foreach (bool inPlace in (bool[])[false, true])
            {
                var shape = new Shape(2, 12, 11, channels);
                yield return new OpCase
                {
                    Op = nameof(Device.GlobalResponseNorm),
                    Name = $"{channels} channels{(inPlace ? " in place" : "")}",
                    Inputs = [new Operand(shape, channels % 3), new Operand(new Shape(channels)), new Operand(new Shape(channels))],
                    Output = shape,
                    OutputGap = channels % 2,
                    InPlaceOf = inPlace ? 0 : -1,
                    Reference = new GlobalResponseNormReference(),
                    Prepare = o => () => o.Device.GlobalResponseNorm(o.Inputs[0], o.Inputs[1], o.Inputs[2], o.Output),
                };
            }
        }
    }

    private static IEnumerable<OpCase> SpadeModulate()
    {
        foreach (int channels in OpCases.ChannelCounts)
        {
            yield return SpadeModulateCase(new Shape(2, 3, 4, channels), 1 + channels % 3, Activation.LeakyRelu(0.2f), channels % 4);
            yield return SpadeModulateCase(new Shape(2, 3, 4, channels), 1 + channels % 3, Activation.None, channels % 4, hasBeta: false);
        }

        yield return SpadeModulateCase(new Shape(1, 1, 1, 5), 4, Activation.None, 0);
        yield return SpadeModulateCase(new Shape(1, 40, 41, 64), 2, Activation.LeakyRelu(0.2f), 0);
    }

    private static OpCase SpadeModulateCase(Shape input, int factor, Activation activation, int gap, bool hasBeta = true)
    {
        var output = new Shape(input[0], input[1] * factor, input[2] * factor, input.Channels);
        return new OpCase
        {
            Op = nameof(FusedOperations.SpadeModulate),
            Name = $"{input} {factor} times, {(hasBeta ? "" : "gammas alone, ")}gap {gap}",
            Inputs =
            [
                new Operand(input, gap),
                new Operand(new Shape(input[0], 2, input.Channels)),
                new Operand(output.WithChannels((hasBeta ? 2 : 1) * input.Channels), gap),
            ],
            Output = output,
            OutputGap = gap,
            Reference = new SpadeModulateReference(activation),
            Prepare = o => o.Plan(w => w.SpadeModulate(o.Inputs[0], o.Inputs[1], o.Inputs[2], activation, o.Output)),
        };
    }
}
