using Moda.Kernels;
using Moda.Kernels.Forwards;

namespace Moda.Runtime.Networks.Rendering;

/// <summary>ConvNeXt's layer normalisation over the channels.</summary>
internal sealed class ConvNextNorm
{
    /// <summary>ConvNeXt's epsilon. PyTorch's default is a different one.</summary>
    private const float Epsilon = 1e-6f;

    private readonly Tensor weight;
    private readonly Tensor bias;

    public ConvNextNorm(ParameterLoader parameters, int channels)
    {
        weight = parameters.Vector("weight", channels);
        bias = parameters.Vector("bias", channels);
    }

    /// <summary>Normalises [..., C] in place.</summary>
    public void Forward(Workspace workspace, Tensor features) => workspace.LayerNorm(features, weight, bias, Epsilon, features);
}
