using Moda.Kernels;
using Moda.Kernels.Forwards;

namespace Moda.Runtime.Networks.Motion;

/// <summary>The norms of queries and keys for each head (qk-norm), and the rotation that follows them.</summary>
internal sealed class HeadNorms
{
    private const float Epsilon = 1e-5f;

    private readonly Tensor query;
    private readonly Tensor key;

    /// <summary>Loads the weights of both norms. Their length is the number of channels of a head.</summary>
    /// <param name="attention">The loader at the attention's place in the checkpoint.</param>
    /// <param name="queryNorm">The name of the queries' norm.</param>
    /// <param name="keyNorm">The name of the keys' norm.</param>
    /// <param name="channels">Channels of all heads.</param>
    public HeadNorms(ParameterLoader attention, string queryNorm, string keyNorm, int channels)
    {
        query = attention.Vector(queryNorm + ".weight");
        key = attention.Vector(keyNorm + ".weight", query.Channels);
        if (channels % query.Channels != 0)
        {
            throw attention.Mismatch(queryNorm + ".weight", $"a divisor of {channels} elements");
        }

        Heads = channels / query.Channels;
    }

    /// <summary>Attention heads.</summary>
    public int Heads { get; }

    /// <summary>Channels of a head.</summary>
    public int HeadChannels => query.Channels;

    /// <summary>The factor for the products of queries and keys.</summary>
    public float AttentionScale => 1 / MathF.Sqrt(HeadChannels);

    /// <summary>
    /// Describes the norm and rotation of the queries and the keys, for <see cref="Forward(Workspace, ReadOnlySpan{QkNormRopePart})"/>.
    /// </summary>
    /// <param name="joined">[T, B, 3C]: queries, keys, values.</param>
    /// <param name="rotation">The rotation of the positions; null for none.</param>
    /// <param name="parts">Receives two parts.</param>
    public void Parts(Tensor joined, Tensor? rotation, Span<QkNormRopePart> parts)
    {
        int channels = Heads * HeadChannels;
        parts[0] = new QkNormRopePart(joined.ChannelSlice(0, channels), query, rotation);
        parts[1] = new QkNormRopePart(joined.ChannelSlice(channels, channels), key, rotation);
    }

    /// <summary>Normalises and rotates queries and keys of several streams with the same heads, in place.</summary>
    public void Forward(Workspace workspace, ReadOnlySpan<QkNormRopePart> parts) => workspace.QkNormRope(parts, Heads, Epsilon);

    /// <summary>Normalises and rotates queries and keys [T, B, C], in place.</summary>
    public void Forward(Workspace workspace, Tensor queries, Tensor keys, Tensor? rotation) =>
        Forward(workspace, [new QkNormRopePart(queries, query, rotation), new QkNormRopePart(keys, key, rotation)]);
}
