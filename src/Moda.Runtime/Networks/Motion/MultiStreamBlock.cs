using Moda.Kernels;

namespace Moda.Runtime.Networks.Motion;

/// <summary>
/// A transformer block of several streams (<c>MMfourStreamBlock</c>, <c>MMDoubleStreamBlock</c>): each stream has its own
/// parameters, and one attention reaches over the tokens of all.
/// </summary>
internal sealed class MultiStreamBlock
{
    // An attention branch and an MLP branch.
    private const int BranchesPerStream = 2;

    private readonly BlockStream[] streams;
    private readonly LinearWeights modulation;
    private readonly int channels;

    /// <summary>Loads a block.</summary>
    /// <param name="parameters">The block's place.</param>
    /// <param name="names">Its streams, in the order of their tokens.</param>
    /// <param name="channels">Hidden channels.</param>
    public MultiStreamBlock(ParameterLoader parameters, IReadOnlyList<StreamNames> names, int channels)
    {
        this.channels = channels;
        streams = [.. names.Select(stream => new BlockStream(parameters, stream, channels))];
        modulation = parameters.JoinedLinear(channels, [.. names.Select(stream => stream.Modulation)]);
    }

    /// <summary>Channels of a head.</summary>
    public int HeadChannels => streams[0].Norms.HeadChannels;

    /// <summary>The modulation vectors of all streams: [..., C] of the activated conditioning to [..., n C].</summary>
    public Tensor Modulate(Workspace workspace, Tensor conditioning) => workspace.Linear(conditioning, modulation);

    /// <summary>Changes the tokens of all streams, in place.</summary>
    /// <param name="workspace">Where the forward happens.</param>
    /// <param name="tokens">[T, B, C]: the streams' tokens, one stream after the other.</param>
    /// <param name="lengths">Tokens of each stream.</param>
    /// <param name="vectors">[B, n C] of <see cref="Modulate"/>.</param>
    /// <param name="rotations">The rotation of each stream's positions, or null for a stream without.</param>
    /// <param name="keyBias">[T], see <see cref="Workspace.Attention"/>; null for none.</param>
    public void Forward(
        Workspace workspace,
        Tensor tokens,
        ReadOnlySpan<int> lengths,
        Tensor vectors,
        ReadOnlySpan<Tensor?> rotations,
        Tensor? keyBias = null)
    {
        using Workspace.Scope scope = workspace.BeginScope();
        Tensor joined = workspace.Allocate(tokens.Shape.WithChannels(3 * channels));
        for (int stream = 0, start = 0; stream < streams.Length; start += lengths[stream++])
        {
            streams[stream].PrepareAttention(
                workspace,
                tokens.Slice(start, lengths[stream]),
                Attention(vectors, stream),
                rotations[stream],
                joined.Slice(start, lengths[stream]));
        }

        Tensor attended = workspace.Attention(
            joined.ChannelSlice(0, channels),
            joined.ChannelSlice(channels, channels),
            joined.ChannelSlice(2 * channels, channels),
            streams[0].Norms.Heads,
            streams[0].Norms.AttentionScale,
            keyBias);
        for (int stream = 0, start = 0; stream < streams.Length; start += lengths[stream++])
        {
            streams[stream].Update(
                workspace,
                tokens.Slice(start, lengths[stream]),
                attended.Slice(start, lengths[stream]),
                Attention(vectors, stream),
                Mlp(vectors, stream));
        }
    }

    private Modulation Attention(Tensor vectors, int stream) => new(vectors, channels, stream * BranchesPerStream);

    private Modulation Mlp(Tensor vectors, int stream) => new(vectors, channels, stream * BranchesPerStream + 1);
}
