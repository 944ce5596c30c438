using Moda.Kernels.Tests.Reference;
using Moda.Testing.Cases;

namespace Moda.Kernels.Tests.Conformance.Cases;

/// <summary>Linear layers and convolutions with everything that may follow them.</summary>
internal static class MatrixCases
{
    private static readonly Activation[] Activations =
    [
        Activation.None, Activation.Relu, Activation.LeakyRelu(0.01f), Activation.Gelu, Activation.GeluTanh, Activation.Silu, Activation.Sigmoid,
    ];

    public static IEnumerable<OpCase> All => [.. Convolutions(), .. Linears()];

    private static IEnumerable<OpCase> Convolutions()
    {
        foreach ((string family, IEnumerable<ConvolutionCase> convolutions) in ConvolutionFamilies.All)
        {
            int index = 0;
            foreach (ConvolutionCase convolution in convolutions)
            {
                // Products and sums of small integers are exact in every order; slope 1/2 keeps them so.
                Epilogues epilogue = (Epilogues)(index % 7);
                yield return Convolution(family, convolution, epilogue, index % 2 == 0 ? Activation.None : Activation.LeakyRelu(0.5f), exact: true);
                if (index % 5 == 0)
                {
                    yield return Convolution(family, convolution, epilogue, Activations[index / 5 % Activations.Length], exact: false);
                }

                index++;
            }
        }
    }

    private static IEnumerable<OpCase> Linears()
    {
        int index = 0;
        foreach (int rows in (int[])[1, 2, 3, 7, 14, 15, 29, 80])
        {
            foreach ((int inputs, int outputs) in ((int, int)[])[(1, 1), (63, 70), (70, 768), (140, 33), (768, 96), (1024, 40), (3072, 130)])
            {
                Epilogues epilogue = (Epilogues)(index % 7);
                yield return Linear(rows, inputs, outputs, epilogue, index % 2 == 0 ? Activation.None : Activation.Relu, exact: true);
                yield return Linear(rows, inputs, outputs, epilogue, Activations[index % Activations.Length], exact: false);
                index++;
            }
        }
    }

    private static OpCase Convolution(string family, ConvolutionCase convolution, Epilogues epilogue, Activation activation, bool exact)
    {
        ConvolutionGeometry geometry = convolution.Geometry;
        Extent3 kernel = geometry.Kernel;
        return Case(
            nameof(Device.Convolution),
            $"{family}: {convolution}",
            convolution,
            new Operand(convolution.InputShape, convolution.InputGap, Values(exact)),
            new Shape(geometry.OutputChannels, geometry.InputChannels / geometry.Groups, kernel.Depth, kernel.Height, kernel.Width),
            convolution.OutputShape,
            epilogue,
            activation,
            exact,
            (o, weight, bias, makeEpilogue) =>
            {
                ConvolutionWeights weights = o.Parameters.Convolution(weight, bias, geometry);
                return () => o.Device.Convolution(o.Inputs[0], weights, makeEpilogue(), o.Output, default);
            });
    }

    private static OpCase Linear(int rows, int inputs, int outputs, Epilogues epilogue, Activation activation, bool exact)
    {
        var shape = new ConvolutionCase(inputs, outputs, 1, new(rows, 1, 2)) { InputGap = rows % 3, OutputGap = rows % 2 };
        return Case(
            nameof(Device.Linear),
            $"{rows} x 2 rows, {inputs} to {outputs}",
            shape,
            new Operand(new Shape(rows, 2, inputs), shape.InputGap, Values(exact)),
            new Shape(outputs, inputs),
            new Shape(rows, 2, outputs),
            epilogue,
            activation,
            exact,
            (o, weight, bias, makeEpilogue) =>
            {
                LinearWeights weights = o.Parameters.Linear(weight, bias, outputs, inputs);
                return () => o.Device.Linear(o.Inputs[0], weights, makeEpilogue(), o.Output, default);
            });
    }

    private static OpCase Case(
        string op,
        string name,
        ConvolutionCase convolution,
        Operand input,
        Shape weight,
        Shape output,
        Epilogues epilogue,
        Activation activation,
        bool exact,
        Func<OpOperands, float[], float[], Func<Epilogue>, Action> prepare)
    {
        List<Operand> inputs = [input, new Operand(weight, 0, Values(exact)), new Operand(new Shape(output.Channels), 0, Values(exact))];
        int residual = -1;
        int gate = -1;
        if (epilogue is Epilogues.Residual or Epilogues.InPlaceResidual or Epilogues.PositionGateAndResidual)
        {
            residual = inputs.Count;
            inputs.Add(new Operand(output, epilogue == Epilogues.InPlaceResidual ? convolution.OutputGap : 2, Values(exact)));
        }

        if (epilogue >= Epilogues.ChannelGate)
        {
            gate = inputs.Count;
            Shape gateShape = epilogue switch
            {
                Epilogues.ChannelGate => new Shape(output.Channels),
                Epilogues.LineGate => new Shape(output[^2], output.Channels),
                _ => output.WithChannels(1),
            };
            inputs.Add(new Operand(gateShape, 0, Values(exact)));
        }

        return new OpCase
        {
            Op = op,
            Name = $"{name}, {epilogue}, {activation.Kind}{(exact ? ", integers" : "")}",
            Inputs = [.. inputs],
            Output = output,
            OutputGap = convolution.OutputGap,
            InPlaceOf = epilogue == Epilogues.InPlaceResidual ? residual : -1,
            Exact = exact,
            Reference = new ConvolutionReference(convolution, activation, epilogue != Epilogues.NoBias, residual, gate),
            Prepare = o =>
            {
                float[] bias = epilogue == Epilogues.NoBias ? [] : Host(o, 2);
                return prepare(o, Host(o, 1), bias, () => new Epilogue
                {
                    Activation = activation,
                    Residual = residual < 0 ? null : o.Inputs[residual],
                    Gate = gate < 0 ? null : o.Inputs[gate],
                });
            },
        };
    }

    private static Func<Random, float>? Values(bool exact) => exact ? Operand.SmallInteger : null;

    private static float[] Host(OpOperands operands, int input)
    {
        var values = new float[operands.Inputs[input].Shape.ElementCount];
        operands.Device.Read(operands.Inputs[input], values);
        return values;
    }

    /// <summary>What comes between the sum and the activation.</summary>
    private enum Epilogues
    {
        NoBias,
        Bias,
        Residual,
        InPlaceResidual,
        ChannelGate,
        LineGate,
        PositionGateAndResidual,
    }
}
