namespace Moda.Runtime.Audio;

/// <summary>What the audio encoder's first norm needs to know of a voice.</summary>
/// <param name="Mean">The mean of its samples.</param>
/// <param name="Autocovariance">The covariance of two samples that lie 0, 1, 2, ... samples apart; the first is the variance.</param>
internal sealed record SampleStatistics(double Mean, IReadOnlyList<double> Autocovariance)
{
    /// <summary>The variance of its samples.</summary>
    public double Variance => Autocovariance[0];

    /// <summary>The statistics of the same voice at zero mean and unit variance.</summary>
    public SampleStatistics Normalized() => new(0, [.. Autocovariance.Select(covariance => covariance / Variance)]);
}
