using Moda.Kernels.Parameters;

namespace Moda.Runtime.Networks;

/// <summary>A batch norm in evaluation mode, expressed as <c>x scale + shift</c> for each channel and computed in float64.</summary>
internal sealed class BatchNormFolding
{
    /// <summary>PyTorch's default, which every batch norm of the reference uses.</summary>
    private const double Epsilon = 1e-5;

    private readonly double[] scale;
    private readonly double[] shift;

    /// <summary>Folds the four vectors of a batch norm, each [C].</summary>
    public BatchNormFolding(ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, ReadOnlySpan<float> mean, ReadOnlySpan<float> variance)
    {
        scale = new double[weight.Length];
        shift = new double[weight.Length];
        for (int channel = 0; channel < weight.Length; channel++)
        {
            scale[channel] = weight[channel] / Math.Sqrt(variance[channel] + Epsilon);
            shift[channel] = bias[channel] - mean[channel] * scale[channel];
        }
    }

    /// <summary>The factors, [C].</summary>
    public float[] Scale => Array.ConvertAll(scale, value => (float)value);

    /// <summary>The summands, [C].</summary>
    public float[] Shift => Array.ConvertAll(shift, value => (float)value);

    /// <summary>The weights and bias of a layer with this batch norm folded in.</summary>
    /// <param name="weight">[C, ...], row-major.</param>
    /// <param name="bias">[C], or empty.</param>
    public (ParameterValues Weight, float[] Bias) FoldInto(ParameterValues weight, ReadOnlySpan<float> bias)
    {
        float[] folded = new float[scale.Length];
        for (int channel = 0; channel < folded.Length; channel++)
        {
            folded[channel] = (float)((bias.IsEmpty ? 0 : bias[channel]) * scale[channel] + shift[channel]);
        }

        return (new ScaledRows(weight, scale), folded);
    }
}
