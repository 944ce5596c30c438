using Moda.Kernels;

namespace Moda.Runtime.Networks.Motion;

/// <summary>
/// One stream of a multi-stream block, with its own projections, norms and MLP. The streams of a block interact only in its attention.
/// </summary>
internal sealed class BlockStream
{
    private readonly LinearWeights queryKeyValue;
    private readonly LinearWeights projection;
    private readonly LinearWeights fc1;
    private readonly LinearWeights fc2;

    /// <summary>Loads a stream.</summary>
    /// <param name="block">The loader at the block's place in the checkpoint.</param>
    /// <param name="names">The stream's names in the checkpoint.</param>
    /// <param name="channels">Hidden channels.</param>
    public BlockStream(ParameterLoader block, StreamNames names, int channels)
    {
        ParameterLoader attention = block["attn1"];
        queryKeyValue = attention.Linear(names.QueryKeyValue, channels, 3 * channels);
        Norms = new HeadNorms(attention, names.QueryNorm, names.KeyNorm, channels);
        projection = attention.Linear(names.Projection, channels, channels);
        fc1 = block[names.Mlp].Linear("fc1", channels);
        fc2 = block[names.Mlp].Linear("fc2", fc1.Outputs, channels);
    }

    /// <summary>The norms of the stream's queries and keys.</summary>
    public HeadNorms Norms { get; }

    /// <summary>The channels between the MLP's layers.</summary>
    public int HiddenChannels => fc1.Outputs;

    /// <summary>The stream's queries, keys and values.</summary>
    /// <param name="normalised">The stream's tokens [T, B, C], normalised and modulated.</param>
    /// <param name="output">[T, B, 3C].</param>
    public LinearPart QueryKeyValue(Tensor normalised, Tensor output) => new(normalised, queryKeyValue, default, output);

    /// <summary>Projects the output of the attention and adds it to the tokens, in place.</summary>
    /// <param name="attended">The output of the attention, [T, B, C].</param>
    /// <param name="modulation">The modulation of the attention branch.</param>
    /// <param name="tokens">[T, B, C].</param>
    public LinearPart Projection(Tensor attended, Modulation modulation, Tensor tokens) =>
        new(attended, projection, modulation.Residual(tokens), tokens);

    /// <summary>The MLP's first layer.</summary>
    /// <param name="normalised">The stream's tokens [T, B, C], normalised and modulated.</param>
    /// <param name="hidden">[T, B, <see cref="HiddenChannels"/>].</param>
    public LinearPart Hidden(Tensor normalised, Tensor hidden) =>
        new(normalised, fc1, new Epilogue { Activation = Activation.GeluTanh }, hidden);

    /// <summary>The MLP's second layer, added to the tokens, in place.</summary>
    /// <param name="hidden">[T, B, <see cref="HiddenChannels"/>].</param>
    /// <param name="modulation">The modulation of the MLP branch.</param>
    /// <param name="tokens">[T, B, C].</param>
    public LinearPart Output(Tensor hidden, Modulation modulation, Tensor tokens) => new(hidden, fc2, modulation.Residual(tokens), tokens);
}
