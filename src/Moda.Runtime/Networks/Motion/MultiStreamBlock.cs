using Moda.Kernels;
using Moda.Kernels.Forwards;

namespace Moda.Runtime.Networks.Motion;

/// <summary>
/// A transformer block of several streams (<c>MMfourStreamBlock</c>, <c>MMDoubleStreamBlock</c>): each stream has its own parameters, and
/// one attention covers the tokens of all streams.
/// </summary>
internal sealed class MultiStreamBlock
{
    // Each stream has an attention branch and an MLP branch.
    private const int BranchesPerStream = 2;

    private readonly BlockStream[] streams;
    private readonly LinearWeights modulation;
    private readonly int channels;

    // The parts of ops that run for all streams together. Each op fills them again.
    private readonly LinearPart[] linears;
    private readonly AdaRmsNormPart[] modulated;
    private readonly QkNormRopePart[] heads;

    /// <summary>Loads a block.</summary>
    /// <param name="parameters">The loader at the block's place in the checkpoint.</param>
    /// <param name="names">The streams, in the order of their tokens.</param>
    /// <param name="channels">Hidden channels.</param>
    public MultiStreamBlock(ParameterLoader parameters, IReadOnlyList<StreamNames> names, int channels)
    {
        this.channels = channels;
        streams = [.. names.Select(stream => new BlockStream(parameters, stream, channels))];
        linears = new LinearPart[streams.Length];
        modulated = new AdaRmsNormPart[streams.Length];
        heads = new QkNormRopePart[2 * streams.Length];
        modulation = parameters.JoinedLinear(channels, [.. names.Select(stream => stream.Modulation)]);
    }

    /// <summary>Channels of a head.</summary>
    public int HeadChannels => streams[0].Norms.HeadChannels;

    /// <summary>Maps the activated conditioning [..., C] to the modulation vectors of all streams, [..., n C].</summary>
    public Tensor Modulate(Workspace workspace, Tensor conditioning) => workspace.Linear(conditioning, modulation);

    /// <summary>Changes the tokens of all streams, in place.</summary>
    /// <param name="workspace">The workspace of the forward pass.</param>
    /// <param name="tokens">[T, B, C]: the streams' tokens, one stream after the other.</param>
    /// <param name="lengths">Tokens of each stream.</param>
    /// <param name="vectors">[B, n C] of <see cref="Modulate"/>.</param>
    /// <param name="rotations">The rotation of each stream's positions; null for a stream without rotation.</param>
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
        Tensor normalised = workspace.Allocate(tokens.Shape);
        Tensor joined = workspace.Allocate(tokens.Shape.WithChannels(3 * channels));
        for (int stream = 0, start = 0; stream < streams.Length; start += lengths[stream++])
        {
            (int from, int length) = (start, lengths[stream]);
            modulated[stream] = Attention(vectors, stream).Part(tokens.Slice(from, length), normalised.Slice(from, length));
            linears[stream] = streams[stream].QueryKeyValue(normalised.Slice(from, length), joined.Slice(from, length));
            streams[stream].Norms.Parts(joined.Slice(from, length), rotations[stream], heads.AsSpan(2 * stream, 2));
        }

        Modulation.Normalise(workspace, modulated);
        workspace.Linear(linears);
        streams[0].Norms.Forward(workspace, heads);
        Tensor attended = workspace.Attention(
            joined.ChannelSlice(0, channels),
            joined.ChannelSlice(channels, channels),
            joined.ChannelSlice(2 * channels, channels),
            streams[0].Norms.Heads,
            streams[0].Norms.AttentionScale,
            keyBias);
        for (int stream = 0, start = 0; stream < streams.Length; start += lengths[stream++])
        {
            (int from, int length) = (start, lengths[stream]);
            linears[stream] = streams[stream].Projection(attended.Slice(from, length), Attention(vectors, stream), tokens.Slice(from, length));
            modulated[stream] = Mlp(vectors, stream).Part(tokens.Slice(from, length), normalised.Slice(from, length));
        }

        workspace.Linear(linears);
        Modulation.Normalise(workspace, modulated);
        ForwardMlp(workspace, normalised, tokens, lengths, vectors);
    }

    private void ForwardMlp(Workspace workspace, Tensor normalised, Tensor tokens, ReadOnlySpan<int> lengths, Tensor vectors)
    {
        Tensor hidden = workspace.Allocate(tokens.Shape.WithChannels(streams[0].HiddenChannels));
        for (int stream = 0, start = 0; stream < streams.Length; start += lengths[stream++])
        {
            linears[stream] = streams[stream].Hidden(normalised.Slice(start, lengths[stream]), hidden.Slice(start, lengths[stream]));
        }

        workspace.Linear(linears);
        for (int stream = 0, start = 0; stream < streams.Length; start += lengths[stream++])
        {
            (int from, int length) = (start, lengths[stream]);
            linears[stream] = streams[stream].Output(hidden.Slice(from, length), Mlp(vectors, stream), tokens.Slice(from, length));
        }

        workspace.Linear(linears);
    }

    private Modulation Attention(Tensor vectors, int stream) => new(vectors, channels, stream * BranchesPerStream);

    private Modulation Mlp(Tensor vectors, int stream) => new(vectors, channels, stream * BranchesPerStream + 1);
}
