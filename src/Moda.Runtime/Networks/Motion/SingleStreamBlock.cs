using Moda.Kernels;
using Moda.Kernels.Forwards;
using Moda.Kernels.Parameters;

namespace Moda.Runtime.Networks.Motion;

/// <summary>
/// A transformer block of one stream (<c>MMSingleStreamBlock</c>): attention and MLP run in parallel, between one norm and one linear
/// layer.
/// </summary>
internal sealed class SingleStreamBlock
{
    private readonly LinearWeights queryKeyValue;
    private readonly LinearWeights hiddenWeights;
    private readonly LinearWeights output;
    private readonly LinearWeights modulation;
    private readonly HeadNorms norms;
    private readonly int channels;

    /// <summary>Loads a block.</summary>
    /// <param name="parameters">The loader at the block's place in the checkpoint.</param>
    /// <param name="channels">Hidden channels.</param>
    public SingleStreamBlock(ParameterLoader parameters, int channels)
    {
        this.channels = channels;
        norms = new HeadNorms(parameters["attn1"], "xs_q_norm", "xs_k_norm", channels);

        // One matrix of the checkpoint computes queries, keys, values and the MLP's hidden channels. Only the hidden channels are
        // activated.
        int hiddenChannels = parameters.ShapeOf("qkv_xs.weight")[0] - 3 * channels;
        if (hiddenChannels <= 0)
        {
            throw parameters.Mismatch("qkv_xs.weight", $"more than {3 * channels} output channels");
        }

        ParameterValues weight = parameters.Stored("qkv_xs.weight", 3 * channels + hiddenChannels, channels);
        ReadOnlySpan<float> bias = parameters.Values("qkv_xs.bias", 3 * channels + hiddenChannels);
        int split = 3 * channels * channels;
        queryKeyValue = parameters.Linear(weight.Slice(0, split), bias[..(3 * channels)], 3 * channels, channels);
        hiddenWeights = parameters.Linear(weight.Slice(split, weight.Count - split), bias[(3 * channels)..], hiddenChannels, channels);
        output = parameters.Linear("linear2", channels + hiddenChannels, channels);
        modulation = parameters.Linear("adaLN_modulation_xs.1", channels, Modulation.VectorsPerBranch * channels);
    }

    /// <summary>Maps the activated conditioning [..., C] to the modulation vectors [..., n C].</summary>
    public Tensor Modulate(Workspace workspace, Tensor conditioning) => workspace.Linear(conditioning, modulation);

    /// <summary>Changes the first tokens, in place. They attend to all tokens.</summary>
    /// <param name="workspace">The workspace of the forward pass.</param>
    /// <param name="tokens">[T, B, C].</param>
    /// <param name="changed">The number of tokens that are needed after this block. The others keep their values.</param>
    /// <param name="vectors">[B, n C] of <see cref="Modulate"/>.</param>
    /// <param name="rotation">The rotation of the positions.</param>
    public void Forward(Workspace workspace, Tensor tokens, int changed, Tensor vectors, Tensor rotation)
    {
        using Workspace.Scope scope = workspace.BeginScope();
        var branch = new Modulation(vectors, channels, 0);
        Tensor normalised = branch.Normalise(workspace, tokens);
        Tensor joined = workspace.Allocate(tokens.Shape.WithChannels(queryKeyValue.Outputs));
        Tensor wide = workspace.Allocate(tokens.Shape.With(0, changed).WithChannels(output.Inputs));
        workspace.Linear(
        [
            new LinearPart(normalised, queryKeyValue, default, joined),
            new LinearPart(
                normalised.Slice(0, changed),
                hiddenWeights,
                new Epilogue { Activation = Activation.GeluTanh },
                wide.ChannelSlice(channels, hiddenWeights.Outputs)),
        ]);
        Tensor queries = joined.ChannelSlice(0, channels).Slice(0, changed);
        Tensor keys = joined.ChannelSlice(channels, channels);
        norms.Forward(workspace, queries, keys, rotation);

        workspace.Attention(
            queries, keys, joined.ChannelSlice(2 * channels, channels), norms.Heads, norms.AttentionScale, output: wide.ChannelSlice(0, channels));
        Tensor first = tokens.Slice(0, changed);
        workspace.Linear(wide, output, branch.Residual(first), first);
    }
}
