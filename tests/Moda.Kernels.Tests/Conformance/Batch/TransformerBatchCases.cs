namespace Moda.Kernels.Tests.Conformance.Batch;

/// <summary>Ops on tokens, [T, B, C], of which an element has two along B: with guidance and without.</summary>
internal static class TransformerBatchCases
{
    private const int Heads = 2;

    private static readonly BatchTensor Tokens = new(new(21, 2, 128), Axis: 1);
    private static readonly BatchTensor Vectors = new(new(2, 128));

    public static IEnumerable<BatchCase> All =>
    [
        new(nameof(Workspace.Copy), "of one token to all", [new(new(1, 2, 40), Axis: 1)], _ => (w, x) =>
        {
            Tensor output = w.Allocate(7, x[0].Shape[1], 40);
            w.Copy(x[0][0], output);
            return output;
        }),
        new(nameof(Workspace.Add), "of vectors", [Tokens, Vectors], _ => (w, x) => w.Add(x[0], x[1], Activation.Gelu)),
        new(
            nameof(Workspace.AddScaled), "by a factor each", [Tokens, Tokens, new(new(2)) { IsFloat32 = true }],
            _ => (w, x) => w.AddScaled(x[0], x[1], x[2])),
        new(nameof(Workspace.Multiply), "by vectors", [Tokens, Vectors], _ => (w, x) => w.Multiply(x[0], x[1], Activation.Silu)),
        new(nameof(Workspace.Activate), "tokens", [Tokens], _ => (w, x) => w.Activate(x[0], Activation.Gelu)),
        new(
            nameof(Workspace.LayerNorm), "of tokens", [Tokens, new(new(128), Axis: -1), new(new(128), Axis: -1)],
            _ => (w, x) => w.LayerNorm(x[0], x[1], x[2], 1e-5f)),
        new(nameof(Workspace.RmsNorm), "of tokens", [Tokens, new(new(128), Axis: -1)], _ => (w, x) => w.RmsNorm(x[0], x[1], 1e-6f)),
        new(
            nameof(Workspace.AdaRmsNorm), "of tokens", [Tokens, Vectors, Vectors],
            _ => (w, x) => w.AdaRmsNorm(x[0], x[1], x[2], 1e-6f)),
        new(nameof(Workspace.AdaRmsNorm), "of two parts", [Tokens, Vectors, Vectors], _ => (w, x) =>
        {
            Tensor output = w.Allocate(x[0].Shape);
            w.AdaRmsNorm(
                [
                    new AdaRmsNormPart(x[0].Slice(0, 8), x[1], x[2], output.Slice(0, 8)),
                    new AdaRmsNormPart(x[0].Slice(8, 13), x[2], x[1], output.Slice(8, 13)),
                ],
                1e-6f);
            return output;
        }),
        .. (BatchCase[])[QkNormRope(64, "of 64 channels"), QkNormRope(40, "of 40 channels")],
        new(
            nameof(Workspace.QkNormRope), "of two parts",
            [Tokens, new(new(64), Axis: -1), new(new(8, 64), Axis: -1)],
            _ => (w, x) =>
            {
                w.QkNormRope([new QkNormRopePart(x[0].Slice(0, 8), x[1], x[2]), new QkNormRopePart(x[0].Slice(8, 13), x[1], null)], Heads, 1e-6f);
                return x[0];
            }),
        .. (BatchCase[])[Attention(64, "of 64 channels"), Attention(40, "of 40 channels")],
    ];

    private static BatchCase QkNormRope(int channels, string name) => new(
        nameof(Workspace.QkNormRope), name,
        [new(new(21, 2, Heads * channels), Axis: 1), new(new(channels), Axis: -1), new(new(8, channels), Axis: -1)],
        _ => (w, x) =>
        {
            w.QkNormRope(x[0], x[1], x[2], Heads, 1e-6f);
            return x[0];
        });

    private static BatchCase Attention(int channels, string name) => new(
        nameof(Workspace.Attention), name,
        [new(new(70, 2, 3 * Heads * channels), Axis: 1), new(new(70), Axis: -1)],
        _ => (w, x) => w.Attention(
            x[0].ChannelSlice(0, Heads * channels), x[0].ChannelSlice(Heads * channels, Heads * channels),
            x[0].ChannelSlice(2 * Heads * channels, Heads * channels), Heads, 0.2f, x[1]));
}
