using Moda.Runtime.Audio;
using Moda.Weights;

namespace Moda.Runtime.Networks.Audio;

/// <summary>
/// The group norm after the feature extractor's first convolution, with one group for each channel, so each channel is normalised over the
/// whole piece. The convolution is linear, so the mean and variance of its outputs follow from the mean and covariance of its input
/// windows. Both are computed from the samples in float64 before the convolution, so that the convolutions can then process the piece in
/// parts.
/// </summary>
internal sealed class WaveformNorm
{
    private const double Epsilon = 1e-5;
    private const int WindowsOfChunk = 1 << 13;

    private readonly float[] taps;
    private readonly float[] weight;
    private readonly float[] bias;
    private readonly int kernel;
    private readonly int stride;

    /// <summary>Loads <c>conv.weight</c> [C, 1, kernel] and <c>layer_norm</c> of the first layer.</summary>
    /// <param name="parameters">The loader at the layer's place in the checkpoint.</param>
    /// <param name="stride">The stride of the convolution in samples.</param>
    /// <exception cref="TensorMismatchException">The layer has more than one input channel, or the norm has another number of channels.</exception>
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

    /// <summary>Samples of a window.</summary>
    public int WindowLength => kernel;

    /// <summary>Computes the factors that normalise the convolution of a piece: <c>scale * convolution + shift</c>.</summary>
    /// <param name="piece">The piece, at least one window long.</param>
    /// <param name="scale">[C], written.</param>
    /// <param name="shift">[C], written.</param>
    public void Compute(AudioPiece piece, Span<float> scale, Span<float> shift)
    {
        (double[] means, double[] covariance) = piece.Statistics is { } known ? WindowStatistics(known) : WindowStatistics(piece.InputValues);
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

            double gain = piece.Level * weight[channel] / Math.Sqrt(variance + Epsilon);
            scale[channel] = (float)gain;
            shift[channel] = (float)(bias[channel] - gain * mean);
        }
    }

    // Of a sound that is alike everywhere, covariance depends on the distance alone.
    private (double[] Means, double[] Covariance) WindowStatistics(SampleStatistics statistics)
    {
        double[] means = new double[kernel];
        Array.Fill(means, statistics.Mean);
        double[] covariance = new double[kernel * kernel];
        for (int i = 0; i < covariance.Length; i++)
        {
            covariance[i] = statistics.Autocovariance[Math.Abs((i / kernel) - (i % kernel))];
        }

        return (means, covariance);
    }

    /// <summary>The mean and covariance of a window's samples over all windows. Chunks of windows are summed in parallel.</summary>
    private (double[] Means, double[] Covariance) WindowStatistics(ReadOnlyMemory<float> waveform)
    {
        int count = (waveform.Length - kernel) / stride + 1;
        var chunks = new WindowSums[(count + WindowsOfChunk - 1) / WindowsOfChunk];
        Parallel.For(0, chunks.Length, chunk =>
        {
            int first = chunk * WindowsOfChunk;
            chunks[chunk] = Sum(waveform.Span[(first * stride)..], Math.Min(WindowsOfChunk, count - first));
        });
        double[] means = new double[kernel];
        double[] covariance = new double[kernel * kernel];
        for (int i = 0; i < kernel; i++)
        {
            means[i] = chunks.Sum(chunk => chunk.Samples[i]) / count;
        }

        for (int i = 0; i < kernel; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                covariance[i * kernel + j] = chunks.Sum(chunk => chunk.Products[i * kernel + j]) / count - means[i] * means[j];
                covariance[j * kernel + i] = covariance[i * kernel + j];
            }
        }

        return (means, covariance);
    }

    private WindowSums Sum(ReadOnlySpan<float> samples, int windows)
    {
        var sums = new WindowSums(new double[kernel], new double[kernel * kernel]);
        for (int window = 0; window < windows; window++)
        {
            ReadOnlySpan<float> seen = samples.Slice(window * stride, kernel);
            for (int i = 0; i < seen.Length; i++)
            {
                double sample = seen[i];
                sums.Samples[i] += sample;
                Span<double> row = sums.Products.AsSpan(i * kernel, i + 1);
                for (int j = 0; j < row.Length; j++)
                {
                    row[j] += sample * seen[j];
                }
            }
        }

        return sums;
    }

    /// <summary>Sums over windows: of each sample, and of the product of each pair of samples.</summary>
    private readonly record struct WindowSums(double[] Samples, double[] Products);
}
