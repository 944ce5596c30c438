namespace Moda.Runtime.Audio;

/// <summary>What the audio encoder's first norm needs to know of a voice.</summary>
/// <param name="Mean">The mean of its samples.</param>
/// <param name="Autocovariance">The covariance of two samples that lie 0, 1, 2, ... samples apart; the first is the variance.</param>
/// <param name="SilentPower">The mean square of samples up to which they are silence.</param>
internal sealed record SampleStatistics(double Mean, IReadOnlyList<double> Autocovariance, double SilentPower)
{
    /// <summary>The variance of its samples.</summary>
    public double Variance => Autocovariance[0];

    /// <summary>The statistics of the same voice at zero mean and unit variance.</summary>
    public SampleStatistics Normalized() =>
        new(0, [.. Autocovariance.Select(covariance => covariance / Variance)], SilentPower / Variance);

    /// <summary>Whether nobody speaks.</summary>
    /// <param name="samples">Some of them.</param>
    public bool IsSilent(ReadOnlySpan<float> samples)
    {
        double power = 0;
        foreach (float sample in samples)
        {
            power += (double)sample * sample;
        }

        return power <= SilentPower * samples.Length;
    }
}
