using Moda.Weights;

namespace Moda.Runtime.Networks.Audio;

/// <summary>
/// The group norm after the feature extractor's first convolution, with a group for each channel, so that each channel is
/// normalised over the whole piece. The convolution is linear: mean and variance of its outputs follow from the mean and the
/// covariance of the windows that it sees. Both are taken from the samples in float64, before any convolution is computed,
/// so that the convolutions may then run over the piece in parts.
/// </summary>
internal sealed class WaveformNorm
{
    private const double Epsilon = 1e-5;

    private readonly float[] taps;
    private readonly float[] weight;
    private readonly float[] bias;
    private readonly int kernel;
    private readonly int stride;

    /// <summary>Loads <c>conv.weight</c> [C, 1, kernel] and <c>layer_norm</c> of the first layer.</summary>
    /// <param name="parameters">The place of the layer.</param>
    /// <param name="stride">Samples between the convolution's windows.</param>
    /// <exception cref="TensorMismatchException">The layer sees more than one input channel, or the norm has other channels.</exception>
    public WaveformNorm(ParameterLoader parameters, int stride)
    {
        ReadOnlySpan<int> shape = parameters.ShapeOf("conv.weight");
        if (shape.Length != 3 || shape[1] != 1)
        {
            throw parameters.Mismatch("conv.weight", "[C, 1, kernel]");
        }

        Channels = shape[0];
        kernel = shape[2];
        this.stride = stride;
        taps = parameters.Values("conv.weight");
        weight = parameters.Values("layer_norm.weight", Channels);
        bias = parameters.Values("layer_norm.bias", Channels);
    }

    /// <summary>The convolution's output channels.</summary>
    public int Channels { get; }

    /// <summary>What normalises the convolution of a piece: <c>scale * convolution + shift</c>.</summary>
    /// <param name="waveform">The piece's samples, at least one window.</param>
    /// <param name="scale">[C], written.</param>
    /// <param name="shift">[C], written.</param>
    public void Compute(ReadOnlySpan<float> waveform, Span<float> scale, Span<float> shift)
    {
        double[] means = WindowMeans(waveform);
        double[] covariance = WindowCovariance(waveform, means);
        for (int channel = 0; channel < Channels; channel++)
        {
            ReadOnlySpan<float> tap = taps.AsSpan(channel * kernel, kernel);
            double mean = 0;
            double variance = 0;
            for (int i = 0; i < kernel; i++)
            {
                mean += tap[i] * means[i];
                for (int j = 0; j < kernel; j++)
                {
                    variance += (double)tap[i] * tap[j] * covariance[i * kernel + j];
                }
            }

            double gain = weight[channel] / Math.Sqrt(variance + Epsilon);
            scale[channel] = (float)gain;
            shift[channel] = (float)(bias[channel] - gain * mean);
        }
    }

    private int WindowCount(ReadOnlySpan<float> waveform) => (waveform.Length - kernel) / stride + 1;

    private double[] WindowMeans(ReadOnlySpan<float> waveform)
    {
        double[] means = new double[kernel];
        int count = WindowCount(waveform);
        for (int window = 0; window < count; window++)
        {
            for (int i = 0; i < kernel; i++)
            {
                means[i] += waveform[window * stride + i];
            }
        }

        for (int i = 0; i < kernel; i++)
        {
            means[i] /= count;
        }

        return means;
    }

    private double[] WindowCovariance(ReadOnlySpan<float> waveform, ReadOnlySpan<double> means)
    {
        double[] covariance = new double[kernel * kernel];
        Span<double> centred = stackalloc double[kernel];
        int count = WindowCount(waveform);
        for (int window = 0; window < count; window++)
        {
            for (int i = 0; i < kernel; i++)
            {
                centred[i] = waveform[window * stride + i] - means[i];
            }

            for (int i = 0; i < kernel; i++)
            {
                for (int j = 0; j <= i; j++)
                {
                    covariance[i * kernel + j] += centred[i] * centred[j];
                }
            }
        }

        for (int i = 0; i < kernel; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                covariance[i * kernel + j] /= count;
                covariance[j * kernel + i] = covariance[i * kernel + j];
            }
        }

        return covariance;
    }
}
