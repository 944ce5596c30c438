using Moda.Kernels;
using Moda.Kernels.Forwards;
using Moda.Kernels.Fused;

namespace Moda.Testing.Cases;

/// <summary>The ops between the matrix work of the full preset's networks: the cases that are worth being fast.</summary>
internal static class NetworkOps
{
    private const int Heads = 12;
    private const int Width = 768;

    /// <summary>All ops of all networks.</summary>
    public static IEnumerable<NetworkOp> All => [.. Warping(), .. Spade(), .. MotionGenerator(), .. AudioEncoder()];

    private static IEnumerable<NetworkOp> Warping()
    {
        Shape volume = new(1, 16, 64, 64, 32);
        Shape keypoints = new(1, 21, 3);
        Shape candidates = volume.WithChannels(110);
        yield return Op(
            "warping", nameof(FusedOperations.SparseMotionFeatures), 1, [volume.WithChannels(4), keypoints, keypoints], candidates,
            (workspace, inputs) => workspace.SparseMotionFeatures(inputs[0], inputs[1], inputs[2]));
        yield return Op(
            "warping", nameof(Workspace.AveragePool), 1, [volume.WithChannels(64)], new Shape(1, 16, 32, 32, 64),
            (workspace, inputs) => workspace.AveragePool(inputs[0], new Extent3(1, 2, 2)));
        yield return Op(
            "warping", nameof(Workspace.ShiftAdd), 1, [volume.WithChannels(7 * 22)], volume.WithChannels(22),
            (workspace, inputs) => workspace.ShiftAdd(inputs[0], 1, 7, Activation.None));
        yield return Op(
            "warping", nameof(FusedOperations.CombineMotions), 1, [volume.WithChannels(22), keypoints, keypoints], volume.WithChannels(3),
            (workspace, inputs) => workspace.CombineMotions(inputs[0], inputs[1], inputs[2]));
        yield return Op(
            "warping", nameof(Workspace.GridSample), 1, [volume, volume.WithChannels(3)], volume,
            (workspace, inputs) => workspace.GridSample(inputs[0], inputs[1]));
    }

    private static IEnumerable<NetworkOp> Spade()
    {
        foreach ((int size, int channels, int factor, int count) in
            ((int, int, int, int)[])[(64, 512, 1, 12), (128, 512, 2, 2), (128, 256, 1, 1), (256, 256, 2, 2), (256, 64, 1, 1)])
        {
            Shape output = new(1, size, size, channels);
            Shape input = new(1, size / factor, size / factor, channels);
            yield return Op(
                "spade", nameof(FusedOperations.SpadeModulate), count, [input, new Shape(1, 2, channels), output.WithChannels(2 * channels)], output,
                (workspace, inputs) => workspace.SpadeModulate(inputs[0], inputs[1], inputs[2], Activation.LeakyRelu(0.2f)));
        }

        foreach ((int size, int channels, int count) in ((int, int, int)[])[(64, 512, 14), (128, 256, 2), (256, 64, 1)])
        {
            yield return Op(
                "spade", nameof(Workspace.InstanceStatistics), count, [new Shape(1, size, size, channels)], new Shape(1, 2, channels),
                (workspace, inputs) => workspace.InstanceStatistics(inputs[0], 1e-5f));
        }

        yield return Op(
            "spade", nameof(Workspace.PixelShuffle), 1, [new Shape(1, 256, 256, 12)], new Shape(1, 512, 512, 3),
            (workspace, inputs) => workspace.PixelShuffle(inputs[0], 2, Activation.Sigmoid));
    }

    private static IEnumerable<NetworkOp> MotionGenerator()
    {
        foreach ((int tokens, int count) in ((int, int)[])[(320, 18), (240, 3)])
        {
            yield return Attention("step", tokens, batchSize: 2, count);
        }

        Shape stream = new(320, 2, Width);
        Shape modulation = new(2, Width);
        yield return Op(
            "step", nameof(Workspace.AdaRmsNorm), 24, [stream, modulation, modulation], stream,
            (workspace, inputs) => workspace.AdaRmsNorm(inputs[0], inputs[1], inputs[2], 1e-6f));
        yield return Op(
            "step", nameof(Workspace.QkNormRope), 36, [stream, new Shape(Width / Heads), new Shape(80, Width / Heads)], stream,
            (workspace, inputs) =>
            {
                workspace.QkNormRope(inputs[0], inputs[1], inputs[2], Heads, 1e-5f);
                return inputs[0];
            });
    }

    private static IEnumerable<NetworkOp> AudioEncoder()
    {
        yield return Attention("hubert 4 s", 100, batchSize: 1, 12);
        yield return Attention("hubert 60 s", 1500, batchSize: 1, 12);
        Shape hidden = new(100, Width);
        yield return Op(
            "hubert 4 s", nameof(Workspace.LayerNorm), 26, [hidden, new Shape(Width), new Shape(Width)], hidden,
            (workspace, inputs) => workspace.LayerNorm(inputs[0], inputs[1], inputs[2], 1e-5f));
        Shape features = new(1, 12799, 512);
        yield return Op(
            "hubert 4 s", nameof(Workspace.ScaleShift), 1, [features, new Shape(512), new Shape(512)], features,
            (workspace, inputs) => workspace.ScaleShift(inputs[0], inputs[1], inputs[2], Activation.Gelu));
    }

    /// <summary>Queries, keys and values lie side by side, as their joint projection writes them.</summary>
    private static NetworkOp Attention(string network, int tokens, int batchSize, int count) => new(
        network,
        nameof(Workspace.Attention),
        count,
        4.0 * batchSize * Width * tokens * tokens,
        4.0 * tokens * batchSize * Width,
        [new Shape(tokens, batchSize, 3 * Width)],
        new Shape(tokens, batchSize, Width),
        (workspace, inputs) => workspace.Attention(
            inputs[0].ChannelSlice(0, Width), inputs[0].ChannelSlice(Width, Width), inputs[0].ChannelSlice(2 * Width, Width),
            Heads, 1 / MathF.Sqrt(Width / Heads)));

    private static NetworkOp Op(
        string network, string op, int count, Shape[] inputs, Shape output, Func<Workspace, Tensor[], Tensor> carry) =>
        new(network, op, count, 0, inputs.Sum(shape => (double)shape.ElementCount) + output.ElementCount, inputs, output, carry);
}
