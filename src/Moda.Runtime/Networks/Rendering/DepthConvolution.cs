using Moda.Kernels;

namespace Moda.Runtime.Networks.Rendering;

/// <summary>
/// Convolutions over maps whose channels are a volume's channels times its depth. The reference reshapes [C, D, H, W] to [C D, H, W] and
/// convolves in two dimensions; over a volume [N, D, H, W, C] the same weights are a convolution whose kernel spans the whole depth.
/// </summary>
internal static class DepthConvolution
{
    /// <summary>A two-dimensional convolution <c>name</c> as one over a volume; the output's depth is 1.</summary>
    /// <param name="parameters">The layer's place.</param>
    /// <param name="name">The layer's name.</param>
    /// <param name="volumeChannels">Channels of the volume; the weight's input channels are a multiple of them.</param>
    /// <param name="batchNorm">The name of a batch norm that follows; null for none.</param>
    public static ConvolutionWeights Load(ParameterLoader parameters, string name, int volumeChannels, string? batchNorm = null)
    {
        ReadOnlySpan<int> shape = parameters.ShapeOf(name + ".weight");
        if (shape.Length != 4 || shape[1] % volumeChannels != 0)
        {
            throw parameters.Mismatch(name + ".weight", $"[outputs, a multiple of {volumeChannels}, height, width]");
        }

        float[] weight = parameters.Values(name + ".weight");
        float[] bias = parameters.Values(name + ".bias", shape[0]);
        if (batchNorm is not null)
        {
            (weight, bias) = parameters.BatchNorm(batchNorm, shape[0]).FoldInto(weight, bias);
        }

        return parameters.Convolution(weight, bias, new ConvolutionGeometry
        {
            InputChannels = volumeChannels,
            OutputChannels = shape[0],
            Kernel = new Extent3(shape[1] / volumeChannels, shape[2], shape[3]),
            Padding = new Extent3(0, shape[2] / 2, shape[3] / 2),
        });
    }
}
