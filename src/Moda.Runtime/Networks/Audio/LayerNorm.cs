using Moda.Kernels;
using Moda.Kernels.Forwards;

namespace Moda.Runtime.Networks.Audio;

/// <summary>A layer norm with weight and bias.</summary>
internal sealed class LayerNorm
{
    private readonly Tensor weight;
    private readonly Tensor bias;
    private readonly float epsilon;

    /// <summary>Loads <c>weight</c> and <c>bias</c>.</summary>
    public LayerNorm(ParameterLoader parameters, int channels, float epsilon)
    {
        weight = parameters.Vector("weight", channels);
        bias = parameters.Vector("bias", channels);
        this.epsilon = epsilon;
    }

    /// <summary>Normalises [..., C].</summary>
    public Tensor Forward(Workspace workspace, Tensor input, Tensor? output = null) =>
        workspace.LayerNorm(input, weight, bias, epsilon, output);
}
