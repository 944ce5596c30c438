using Moda.Kernels;

namespace Moda.Runtime.Networks.Motion;

/// <summary>
/// One stream of a multi-stream block: its own projections, norms and MLP. The streams of a block meet only in its attention.
/// </summary>
internal sealed class BlockStream
{
    private readonly LinearWeights queryKeyValue;
    private readonly LinearWeights projection;
    private readonly LinearWeights fc1;
    private readonly LinearWeights fc2;
    private readonly int channels;

    /// <summary>Loads a stream.</summary>
    /// <param name="block">The block's place.</param>
    /// <param name="names">How the checkpoint names the stream.</param>
    /// <param name="channels">Hidden channels.</param>
    public BlockStream(ParameterLoader block, StreamNames names, int channels)
    {
        this.channels = channels;
        ParameterLoader attention = block["attn1"];
        queryKeyValue = attention.Linear(names.QueryKeyValue, channels, 3 * channels);
        Norms = new HeadNorms(attention, names.QueryNorm, names.KeyNorm, channels);
        projection = attention.Linear(names.Projection, channels, channels);
        fc1 = block[names.Mlp].Linear("fc1", channels);
        fc2 = block[names.Mlp].Linear("fc2", fc1.Outputs, channels);
    }

    /// <summary>The norms of its queries and keys.</summary>
    public HeadNorms Norms { get; }

    /// <summary>Computes the stream's queries, keys and values.</summary>
    /// <param name="workspace">Where the forward happens.</param>
    /// <param name="tokens">[T, B, C].</param>
    /// <param name="modulation">Of the attention branch.</param>
    /// <param name="rotation">Of the positions; null where the stream has none.</param>
    /// <param name="output">[T, B, 3C], written.</param>
    public void PrepareAttention(Workspace workspace, Tensor tokens, Modulation modulation, Tensor? rotation, Tensor output)
    {
        using Workspace.Scope scope = workspace.BeginScope();
        workspace.Linear(modulation.Normalise(workspace, tokens), queryKeyValue, output: output);
        Norms.Forward(workspace, output.ChannelSlice(0, channels), output.ChannelSlice(channels, channels), rotation);
    }

    /// <summary>Adds what was attended to, then the MLP's output, to the tokens, in place.</summary>
    /// <param name="workspace">Where the forward happens.</param>
    /// <param name="tokens">[T, B, C], changed.</param>
    /// <param name="attended">[T, B, C].</param>
    /// <param name="attention">Modulation of the attention branch.</param>
    /// <param name="mlp">Modulation of the MLP branch.</param>
    public void Update(Workspace workspace, Tensor tokens, Tensor attended, Modulation attention, Modulation mlp)
    {
        using Workspace.Scope scope = workspace.BeginScope();
        workspace.Linear(attended, projection, attention.Residual(tokens), output: tokens);
        Tensor hidden = workspace.Linear(
            mlp.Normalise(workspace, tokens), fc1, new Epilogue { Activation = Activation.GeluTanh });
        workspace.Linear(hidden, fc2, mlp.Residual(tokens), output: tokens);
    }
}
