namespace Moda.Runtime.Audio;

/// <summary>
/// The statistics of a voice while it is heard: those of what was spoken lately. Silence changes nothing, so that a pause is not made loud.
/// The first words are measured together with a usual voice, which counts as much as a short stretch of speech; its loudness is mixed in
/// by decibels, so that a quiet voice is recognised as one within a second.
/// </summary>
/// <param name="lags">How many covariances are measured.</param>
internal sealed class RunningStatistics(int lags)
{
    /// <summary>The part of a voice that is remembered, as a time constant in samples: 10 s.</summary>
    private const double Memory = 10 * Waveform.SampleRate;

    /// <summary>How long the usual voice counts, in samples.</summary>
    private const double UsualLength = 0.3 * Waveform.SampleRate;

    // Of speech at -23 dB, and how alike neighbouring samples of it are.
    private const double UsualVariance = 0.005;
    private const double UsualLikeness = 0.85;

    /// <summary>A block whose power is less than this share of the voice's, -26 dB, is silence.</summary>
    private const double SilentShare = 0.0025;

    /// <summary>Silence where no voice was heard yet: -60 dB.</summary>
    private const double SilentPower = 1e-6;

    // Sums over the products of samples at each distance, and over the samples. What is older weighs less.
    private readonly double[] products = new double[lags];

    // The samples before the next block.
    private readonly float[] before = new float[lags - 1];
    private double sum;
    private double weight;

    /// <summary>Measures the next samples.</summary>
    /// <param name="samples">At least as many as there are covariances.</param>
    public void Add(ReadOnlySpan<float> samples)
    {
        if (!Snapshot().IsSilent(samples))
        {
            Count(samples);
        }

        samples[^before.Length..].CopyTo(before);
    }

    /// <summary>The statistics as they are now.</summary>
    public SampleStatistics Snapshot()
    {
        double share = weight / (weight + UsualLength);
        double mean = weight > 0 ? share * sum / weight : 0;
        double measured = weight > 0 ? (products[0] / weight) - (mean * mean) : UsualVariance;
        double variance = Math.Exp((share * Math.Log(measured)) + ((1 - share) * Math.Log(UsualVariance)));
        double[] covariance = new double[lags];
        for (int lag = 0; lag < lags; lag++)
        {
            double likeness = weight > 0 ? ((products[lag] / weight) - (mean * mean)) / measured : 0;
            covariance[lag] = variance * ((share * likeness) + ((1 - share) * Math.Pow(UsualLikeness, lag)));
        }

        return new SampleStatistics(mean, covariance, weight > 0 ? Math.Max(SilentPower, SilentShare * measured) : SilentPower);
    }

    private void Count(ReadOnlySpan<float> samples)
    {
        double kept = Math.Exp(-samples.Length / Memory);
        weight = (weight * kept) + samples.Length;
        sum *= kept;
        foreach (float sample in samples)
        {
            sum += sample;
        }

        for (int lag = 0; lag < lags; lag++)
        {
            double total = products[lag] * kept;
            for (int n = 0; n < samples.Length; n++)
            {
                total += (double)samples[n] * (n >= lag ? samples[n - lag] : before[before.Length + n - lag]);
            }

            products[lag] = total;
        }
    }
}
