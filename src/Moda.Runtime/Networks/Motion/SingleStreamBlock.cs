using Moda.Kernels;
using Moda.Kernels.Forwards;
using Moda.Kernels.Parameters;

namespace Moda.Runtime.Networks.Motion;

/// <summary>
/// A transformer block of one stream (<c>MMSingleStreamBlock</c>): attention and MLP lie side by side, between one norm and one
/// linear layer.
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
    /// <param name="parameters">The block's place.</param>
    /// <param name="channels">Hidden channels.</param>
    public SingleStreamBlock(ParameterLoader parameters, int channels)
    {
        this.channels = channels;
        norms = new HeadNorms(parameters["attn1"], "xs_q_norm", "xs_k_norm", channels);

        // The checkpoint's one matrix makes queries, keys, values and the MLP's hidden channels; only the last are activated.
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

    /// <summary>The modulation vectors: [..., C] of the activated conditioning to [..., n C].</summary>
    public Tensor Modulate(Workspace workspace, Tensor conditioning) => workspace.Linear(conditioning, modulation);

    /// <summary>Changes the first tokens, in place; all are attended to.</summary>
    /// <param name="workspace">Where the forward happens.</param>
    /// <param name="tokens">[T, B, C].</param>
    /// <param name="changed">How many of the tokens are needed after this block; the others keep their values.</param>
    /// <param name="vectors">[B, n C] of <see cref="Modulate"/>.</param>
    /// <param name="rotation">Of the positions.</param>
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
