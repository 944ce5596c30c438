using Moda.Kernels;
using Moda.Kernels.Forwards;

namespace Moda.Runtime.Networks.Motion;

/// <summary>Two linear layers with SiLU between them, which map motion, keypoints and timesteps to the hidden width.</summary>
internal sealed class EmbedderMlp
{
    private readonly LinearWeights first;
    private readonly LinearWeights second;

    /// <summary>Loads <c>mlp.0</c> and <c>mlp.2</c>.</summary>
    /// <param name="parameters">The loader at the embedder's place in the checkpoint.</param>
    /// <param name="channels">Output channels; null for any number.</param>
    public EmbedderMlp(ParameterLoader parameters, int? channels = null)
    {
        first = parameters.Linear("mlp.0", outputs: channels);
        second = parameters.Linear("mlp.2", first.Outputs, first.Outputs);
    }

    /// <summary>Input channels.</summary>
    public int InputChannels => first.Inputs;

    /// <summary>Output channels.</summary>
    public int Channels => second.Outputs;

    /// <summary>Embeds [..., inputs] as [..., C].</summary>
    public Tensor Forward(Workspace workspace, Tensor input, Tensor? output = null)
    {
        Tensor result = output ?? workspace.Allocate(input.Shape.WithChannels(Channels));
        using Workspace.Scope scope = workspace.BeginScope();
        Tensor hidden = workspace.Linear(input, first, new Epilogue { Activation = Activation.Silu });
        return workspace.Linear(hidden, second, output: result);
    }
}
