using Moda.Kernels.Forwards;
using Moda.Kernels.Fused;
using Moda.Testing.Cases;

namespace Moda.Kernels.Tests.Conformance.Batch;

/// <summary>Convolutions and linear layers: small ones of every kind, and the networks' own.</summary>
internal static class MatrixBatchCases
{
    /// <summary>Of every kind, small.</summary>
    public static IEnumerable<BatchCase> Small =>
    [
        Convolution("3 x 3", new(48, 40, 1, new(1, 20, 19)) { Kernel = new(1, 3, 3), Padding = new(0, 1, 1) }),
        Convolution("3 x 3 of many channels", new(160, 136, 1, new(1, 8, 8)) { Kernel = new(1, 3, 3), Padding = new(0, 1, 1) }),
        Convolution("3 x 3 of a map that is no whole tile", new(64, 64, 1, new(1, 5, 7)) { Kernel = new(1, 3, 3), Padding = new(0, 1, 1) }),
        Convolution("1 x 1", new(64, 33, 1, new(1, 9, 11))),
        Convolution("strided", new(32, 64, 1, new(1, 18, 18)) { Kernel = new(1, 3, 3), Stride = new(1, 2, 2), Padding = new(0, 1, 1) }),
        Convolution("of three channels", new(3, 32, 1, new(1, 24, 24)) { Kernel = new(1, 3, 3), Stride = new(1, 2, 2), Padding = new(0, 1, 1) }),
        Convolution("upsampled", new(64, 48, 1, new(1, 7, 8)) { Kernel = new(1, 3, 3), Padding = new(0, 1, 1), Upsample = 2 }),
        Convolution("of a volume", new(40, 24, 1, new(6, 7, 5)) { Kernel = new(3, 3, 3), Padding = new(1, 1, 1) }),
        Convolution("of a small volume with a long sum", new(256, 32, 1, new(8, 4, 4)) { Kernel = new(3, 3, 3), Padding = new(1, 1, 1) }),
        Convolution(
            "of a small, strided volume with a long sum",
            new(256, 48, 1, new(4, 5, 3)) { Kernel = new(3, 3, 3), Stride = new(1, 2, 2), Padding = new(1, 1, 1) }),
        Convolution("of a line in groups", new(64, 64, 1, new(1, 1, 50)) { Kernel = new(1, 1, 8), Padding = new(0, 0, 4), Groups = 4 }),
        Convolution("depthwise", new(32, 32, 1, new(1, 13, 14)) { Kernel = new(1, 7, 7), Padding = new(0, 3, 3), Groups = 32 }),
        Convolution("of one output", new(70, 1, 1, new(4, 9, 8)) { Kernel = new(4, 7, 7), Padding = new(0, 3, 3) }),
        Convolution("of few outputs beside their taps", new(40, 6, 1, new(2, 9, 20)) { Kernel = new(3, 3, 7), Padding = new(1, 1, 3) }),
        Modulation(64, 64, 12),
        Modulation(33, 20, 9),
        Linear("[T, B, C]", 21, 96, 72, (_, _) => default),
        Linear("of one token", 1, 64, 200, (_, _) => new() { Activation = Activation.Silu }),
        Linear("with GELU", 21, 64, 80, (_, _) => new() { Activation = Activation.GeluTanh }),
        Linear("with gate and residual", 21, 64, 64, (gate, residual) => new() { Gate = gate, Residual = residual }),
        Linear("of narrow rows", 10, 70, 33, (_, residual) => new() { Residual = residual }),
        Parts("of two gated layers", 30, 64, 128),
    ];

    /// <summary>The convolutions of all networks.</summary>
    public static IEnumerable<BatchCase> OfNetwork(string network) => NetworkConvolutions.All
        .Where(layer => layer.Network == network)
        .DistinctBy(layer => layer.Case)
        .Select(layer => Convolution($"{layer}", layer.Case));

    /// <summary>The linear layers of a step of the motion generator, for a clip with guidance: two of [T, B, C] along B.</summary>
    public static IEnumerable<BatchCase> OfMotionGenerator
    {
        get
        {
            foreach (NetworkConvolution layer in NetworkConvolutions.All.Where(layer => layer.Network == "step"))
            {
                (int tokens, int inputs, int outputs) = (layer.Case.Map.Width / 2, layer.Case.Inputs, layer.Case.Outputs);
                yield return Linear($"{layer}", tokens, inputs, outputs, (_, _) => new() { Activation = Activation.GeluTanh });
                yield return Linear($"{layer}, gated", tokens, inputs, outputs, (gate, residual) => new() { Gate = gate, Residual = residual });
            }

            yield return Parts("of 640 rows", 320, 768, 768);
        }
    }

    private static BatchCase Convolution(string name, ConvolutionCase convolution) => new(
        nameof(Workspace.Convolution), name, [new(convolution.InputShape)], store =>
        {
            ConvolutionWeights weights = store.Convolution(
                Values(convolution.WeightCount, convolution.Geometry.MultiplyAddsPerElement), Values(convolution.Outputs, 1), convolution.Geometry);
            return (w, x) => w.Convolution(x[0], weights, new Epilogue { Activation = Activation.LeakyRelu(0.1f) });
        });

    private static BatchCase Modulation(int hidden, int channels, int size) => new(
        nameof(FusedOperations.SpadeConvolution), $"of {channels} channels",
        [new(new(1, size, size, hidden)), new(new(1, size, size, channels)), new(new(1, 2, channels))],
        store =>
        {
            var geometry = new ConvolutionGeometry
            {
                InputChannels = hidden,
                OutputChannels = 2 * channels,
                Kernel = new(1, 3, 3),
                Padding = new(0, 1, 1),
            };
            SpadeConvolutionWeights weights = store.PrepareSpadeConvolution(
                Values(2 * channels * hidden * 9, hidden * 9), Values(2 * channels, 1), geometry);
            return (w, x) => w.SpadeConvolution(x[0], weights, x[1], x[2], Activation.LeakyRelu(0.2f));
        });

    private static BatchCase Linear(string name, int tokens, int inputs, int outputs, Func<Tensor, Tensor, Epilogue> epilogue) => new(
        nameof(Workspace.Linear), name,
        [new(new(tokens, 2, inputs), Axis: 1), new(new(2, outputs)), new(new(tokens, 2, outputs), Axis: 1)],
        store =>
        {
            LinearWeights weights = store.Linear(Values(inputs * outputs, inputs), Values(outputs, 1), outputs, inputs);
            return (w, x) => w.Linear(x[0], weights, epilogue(x[1], x[2]));
        });

    /// <summary>Layers of the first tokens and of the rest, as the motion generator's streams are.</summary>
    private static BatchCase Parts(string name, int tokens, int inputs, int outputs) => new(
        nameof(Workspace.Linear), name,
        [new(new(tokens, 2, inputs), Axis: 1), new(new(2, outputs)), new(new(tokens, 2, outputs), Axis: 1)],
        store =>
        {
            LinearWeights weights = store.Linear(Values(inputs * outputs, inputs), Values(outputs, 1), outputs, inputs);
            return (w, x) =>
            {
                Tensor output = w.Allocate(x[2].Shape);
                w.Linear([Part(0, tokens / 4), Part(tokens / 4, tokens - (tokens / 4))]);
                return output;

                LinearPart Part(int start, int count) => new(
                    x[0].Slice(start, count), weights, new Epilogue { Gate = x[1], Residual = x[2].Slice(start, count) }, output.Slice(start, count));
            };
        });

    // Sums of so many terms stay near 1.
    private static float[] Values(int count, long terms)
    {
        var random = new Random(17);
        float scale = 2 / MathF.Sqrt(terms);
        var values = new float[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = scale * (random.NextSingle() - 0.5f);
        }

        return values;
    }
}
