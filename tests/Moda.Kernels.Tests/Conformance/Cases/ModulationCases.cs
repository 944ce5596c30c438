using Moda.Kernels.Tests.Reference;
using Moda.Testing.Cases;

namespace Moda.Kernels.Tests.Conformance.Cases;

/// <summary>A convolution that modulates, or, on a device that has none, what stands for it.</summary>
internal static class ModulationCases
{
    public static IEnumerable<OpCase> All =>
    [
        Case(new(2, 7, 9), hidden: 64, channels: 64, factor: 1, gap: 0),
        Case(new(2, 12, 10), hidden: 128, channels: 256, factor: 2, gap: 0),
        Case(new(1, 64, 64), hidden: 128, channels: 512, factor: 1, gap: 0),
        Case(new(2, 6, 70), hidden: 72, channels: 96, factor: 2, gap: 0),
        Case(new(1, 4, 132), hidden: 64, channels: 96, factor: 4, gap: 4),
        Case(new(3, 6, 4), hidden: 72, channels: 96, factor: 2, gap: 8),
        Case(new(1, 5, 6), hidden: 24, channels: 40, factor: 1, gap: 0),
        Case(new(1, 4, 4), hidden: 33, channels: 64, factor: 4, gap: 3),
    ];

    /// <param name="map">Batch, height, width of the output.</param>
    /// <param name="hidden">Channels of the convolution's input.</param>
    /// <param name="channels">Of the map that is modulated.</param>
    /// <param name="factor">How many times larger the output is than the map.</param>
    /// <param name="gap">Elements between positions.</param>
    private static OpCase Case(Shape map, int hidden, int channels, int factor, int gap)
    {
        (int batch, int height, int width) = (map[0], map[1], map[2]);
        var convolution = new ConvolutionCase(hidden, 2 * channels, batch, new(1, height, width)) { Kernel = new(1, 3, 3), Padding = new(0, 1, 1) };
        Activation activation = channels % 64 == 0 ? Activation.LeakyRelu(0.2f) : Activation.None;
        Func<Random, float> weights = random => Operand.Normal(random) / MathF.Sqrt(9 * hidden);
        return new OpCase
        {
            Op = nameof(Device.ConvolutionModulate),
            Name = $"{map}, {hidden} to twice {channels}, {factor} times, gap {gap}",
            Inputs =
            [
                new Operand(new Shape(batch, height, width, hidden), gap),
                new Operand(new Shape(2 * channels, hidden * 9), 0, weights),
                new Operand(new Shape(2 * channels)),
                new Operand(new Shape(batch, height / factor, width / factor, channels), gap),
                new Operand(new Shape(batch, 2, channels)),
            ],
            Output = new Shape(batch, height, width, channels),
            OutputGap = gap,
            Reference = new ConvolutionModulateReference(convolution, activation),
            Prepare = o => Prepare(o, convolution.Geometry, activation),
        };
    }

    private static Action Prepare(OpOperands o, ConvolutionGeometry geometry, Activation activation)
    {
        ConvolutionWeights weights = o.Parameters.Modulation(Values(o, 1), Values(o, 2), geometry);
        if (weights.Modulates)
        {
            return () => o.Device.ConvolutionModulate(o.Inputs[0], weights, o.Inputs[3], o.Inputs[4], activation, o.Output, default);
        }

        Tensor modulation = o.Parameters.Tensor(new float[o.Output.Shape.ElementCount * 2], o.Output.Shape.WithChannels(geometry.OutputChannels));
        return () =>
        {
            o.Device.Convolution(o.Inputs[0], weights, default, modulation, default);
            o.Device.SpadeModulate(o.Inputs[3], o.Inputs[4], modulation, activation, o.Output);
        };
    }

    private static float[] Values(OpOperands operands, int input)
    {
        var values = new float[operands.Inputs[input].Shape.ElementCount];
        operands.Device.Read(operands.Inputs[input], values);
        return values;
    }
}
