using Moda.Kernels;
using Moda.Kernels.Forwards;

namespace Moda.Runtime.Networks.Motion;

/// <summary>Maps a frame's audio embedding to one token: three linear layers with ReLU between them, then RMSNorm.</summary>
internal sealed class AudioEmbedder
{
    private const float NormEpsilon = 1e-6f;

    private readonly LinearWeights first;
    private readonly LinearWeights second;
    private readonly LinearWeights third;
    private readonly Tensor norm;

    /// <summary>Loads <c>proj1</c>, <c>proj2</c>, <c>proj3</c> and <c>norm</c>.</summary>
    /// <param name="parameters">The loader at the embedder's place in the checkpoint.</param>
    /// <param name="channels">Output channels.</param>
    public AudioEmbedder(ParameterLoader parameters, int channels)
    {
        first = parameters.Linear("proj1");
        second = parameters.Linear("proj2", first.Outputs);
        third = parameters.Linear("proj3", second.Outputs, channels);
        norm = parameters.Vector("norm.weight", channels);
    }

    /// <summary>The channels of a frame: the number of the audio encoder's layers times the channels of one layer.</summary>
    public int InputChannels => first.Inputs;

    /// <summary>Embeds [..., inputs] as [..., C].</summary>
    public Tensor Forward(Workspace workspace, Tensor audio, Tensor? output = null)
    {
        Tensor result = output ?? workspace.Allocate(audio.Shape.WithChannels(third.Outputs));
        using Workspace.Scope scope = workspace.BeginScope();
        Tensor hidden = workspace.Linear(audio, first, new Epilogue { Activation = Activation.Relu });
        hidden = workspace.Linear(hidden, second, new Epilogue { Activation = Activation.Relu });
        return workspace.RmsNorm(workspace.Linear(hidden, third), norm, NormEpsilon, result);
    }
}
