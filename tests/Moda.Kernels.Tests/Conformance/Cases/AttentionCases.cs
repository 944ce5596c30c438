using Moda.Kernels.Tests.Reference;

namespace Moda.Kernels.Tests.Conformance.Cases;

/// <summary>Attention: lengths around its blocks, head sizes around vectors, biases, large logits.</summary>
internal static class AttentionCases
{
    public static IEnumerable<OpCase> All =>
    [
        .. ((int[])[1, 2, 5, 6, 7, 31, 32, 33, 47, 48, 49, 63, 64, 65, 127, 128, 129, 200]).Select(
            length => Case($"{length} tokens", length, length, 1, 1, 64)),
        .. ((int[])[1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 24, 31, 32, 33, 40, 63, 65, 80, 96, 128, 130]).Select(
            headChannels => Case($"heads of {headChannels}", 13, 70, 2, 2, headChannels, gap: headChannels % 5)),
        Case("one query", 1, 150, 2, 3, 32),
        Case("one key", 20, 1, 1, 2, 16),
        Case("parts of a joint projection", 50, 50, 2, 4, 16, gap: 128),
        Case("key bias", 40, 90, 2, 2, 32, bias: Operand.Normal),
        Case("logits far apart", 30, 150, 1, 2, 64, scale: 4),
        Case("masked keys", 30, 150, 1, 2, 16, bias: random => random.Next(3) == 0 ? 0 : float.NegativeInfinity),
        Case("a first block that is masked out", 9, 130, 1, 1, 16, bias: FirstBlockMasked()),
        Case("many blocks", 70, 1100, 1, 1, 64),
        Case("the motion generator's", 320, 320, 2, 3, 64, gap: 576),
    ];

    private static OpCase Case(
        string name, int queries, int keys, int batchSize, int headCount, int headChannels,
        int gap = 0, float? scale = null, Func<Random, float>? bias = null)
    {
        var query = new Shape(queries, batchSize, headCount * headChannels);
        Shape key = query.With(0, keys);
        float factor = scale ?? 1 / MathF.Sqrt(headChannels);
        Operand[] inputs = [new Operand(query, gap), new Operand(key, gap), new Operand(key, gap)];
        return new OpCase
        {
            Op = nameof(Device.Attention),
            Name = name,
            Inputs = bias is null ? inputs : [.. inputs, new Operand(new Shape(keys), 0, bias)],
            Output = query,
            OutputGap = gap / 2,
            Reference = new AttentionReference(headCount, factor),
            Prepare = o => () => o.Device.Attention(
                o.Inputs[0], o.Inputs[1], o.Inputs[2], o.Inputs.Length > 3 ? o.Inputs[3] : null, headCount, factor, o.Output),
        };
    }

    private static Func<Random, float> FirstBlockMasked()
    {
        Dictionary<Random, int> drawn = [];
        return random =>
        {
            int index = drawn.GetValueOrDefault(random);
            drawn[random] = index + 1;
            return index < 64 ? float.NegativeInfinity : 0;
        };
    }
}
