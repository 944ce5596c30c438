namespace Moda.Cli.Benchmarks;

/// <summary>Where times lie, in milliseconds: half of them are at most <paramref name="P50"/>, and so on.</summary>
/// <param name="P50">The median.</param>
/// <param name="P95">95 of 100 are within it.</param>
/// <param name="P99">99 of 100 are within it.</param>
/// <param name="Most">The longest.</param>
internal sealed record Quantiles(double P50, double P95, double P99, double Most)
{
    private const double MillisecondsPerSecond = 1000;

    /// <summary>Sorts times.</summary>
    /// <param name="seconds">The times.</param>
    /// <returns>Where they lie; null where there are none.</returns>
    public static Quantiles? Of(IEnumerable<double> seconds)
    {
        double[] sorted = [.. seconds.Order()];
        return sorted.Length == 0 ? null : new Quantiles(At(0.5), At(0.95), At(0.99), sorted[^1] * MillisecondsPerSecond);

        double At(double share) => sorted[(int)Math.Ceiling(share * sorted.Length) - 1] * MillisecondsPerSecond;
    }
}
