using Moda.Kernels;
using Moda.Kernels.Forwards;
using Moda.Weights.Sets;

namespace Moda.Runtime.Networks.Audio;

/// <summary>
/// A post-norm transformer layer: attention, then two linear layers with GELU between them. A layer norm follows each residual sum.
/// </summary>
internal sealed class EncoderLayer
{
    private readonly LinearWeights queryKeyValue;
    private readonly LinearWeights outProjection;
    private readonly LayerNorm layerNorm;
    private readonly LinearWeights intermediateDense;
    private readonly LinearWeights outputDense;
    private readonly LayerNorm finalLayerNorm;
    private readonly int heads;

    /// <summary>Loads <c>encoder.layers.N</c>.</summary>
    /// <param name="parameters">The loader at this layer's place in the checkpoint.</param>
    /// <param name="channels">Channels of the hidden states.</param>
    /// <param name="settings">The number of heads and the epsilon.</param>
    public EncoderLayer(ParameterLoader parameters, int channels, AudioEncoderSettings settings)
    {
        ParameterLoader attention = parameters["attention"];
        heads = settings.AttentionHeads;
        queryKeyValue = attention.JoinedLinear(channels, "q_proj", "k_proj", "v_proj");
        outProjection = attention.Linear("out_proj", channels, channels);
        layerNorm = new LayerNorm(parameters["layer_norm"], channels, settings.LayerNormEpsilon);
        intermediateDense = parameters.Linear("feed_forward.intermediate_dense", channels);
        outputDense = parameters.Linear("feed_forward.output_dense", intermediateDense.Outputs, channels);
        finalLayerNorm = new LayerNorm(parameters["final_layer_norm"], channels, settings.LayerNormEpsilon);
    }

    /// <summary>Computes the next hidden states.</summary>
    /// <param name="workspace">The workspace of the forward pass.</param>
    /// <param name="hidden">[T, 1, C].</param>
    /// <param name="output">[T, 1, C], written.</param>
    public void Forward(Workspace workspace, Tensor hidden, Tensor output)
    {
        using Workspace.Scope scope = workspace.BeginScope();
        int channels = hidden.Channels;
        Tensor joined = workspace.Linear(hidden, queryKeyValue);
        Tensor attended = workspace.Attention(
            joined.ChannelSlice(0, channels),
            joined.ChannelSlice(channels, channels),
            joined.ChannelSlice(2 * channels, channels),
            heads,
            scale: 1 / MathF.Sqrt(channels / heads));
        Tensor sum = workspace.Linear(attended, outProjection, new Epilogue { Residual = hidden });
        Tensor middle = layerNorm.Forward(workspace, sum, sum);
        Tensor wide = workspace.Linear(middle, intermediateDense, new Epilogue { Activation = Activation.Gelu });
        Tensor result = workspace.Linear(wide, outputDense, new Epilogue { Residual = middle }, output: middle);
        finalLayerNorm.Forward(workspace, result, output);
    }
}
