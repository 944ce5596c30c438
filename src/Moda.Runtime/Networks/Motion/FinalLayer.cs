using Moda.Kernels;
using Moda.Kernels.Forwards;

namespace Moda.Runtime.Networks.Motion;

/// <summary>The last modulated norm and the projection to motion.</summary>
internal sealed class FinalLayer
{
    private readonly LinearWeights linear;
    private readonly LinearWeights modulation;
    private readonly int channels;

    /// <summary>Loads <c>final_layer</c>.</summary>
    /// <param name="parameters">The loader at this layer's place in the checkpoint.</param>
    /// <param name="channels">Hidden channels.</param>
    public FinalLayer(ParameterLoader parameters, int channels)
    {
        this.channels = channels;
        linear = parameters.Linear("linear", channels);

        // The modulation has a shift and a scale, but no gate, because there is no residual branch.
        modulation = parameters.Linear("adaLN_modulation.1", channels, 2 * channels);
    }

    /// <summary>Channels of a frame's motion.</summary>
    public int OutputChannels => linear.Outputs;

    /// <summary>Maps the activated conditioning [..., C] to the modulation vectors [..., 2 C].</summary>
    public Tensor Modulate(Workspace workspace, Tensor conditioning) => workspace.Linear(conditioning, modulation);

    /// <summary>Projects tokens [T, B, C] to [T, B, motion].</summary>
    public Tensor Forward(Workspace workspace, Tensor tokens, Tensor vectors, Tensor? output = null) =>
        workspace.Linear(new Modulation(vectors, channels, 0).Normalise(workspace, tokens), linear, output: output);
}
