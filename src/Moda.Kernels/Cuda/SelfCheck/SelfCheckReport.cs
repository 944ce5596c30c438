using System.Diagnostics;
using System.Globalization;

namespace Moda.Kernels.Cuda.SelfCheck;

/// <summary>Runs checks one after another, writes a line for each, and counts those that failed.</summary>
internal sealed class SelfCheckReport(TextWriter output)
{
    /// <summary>How many failed.</summary>
    public int Failures { get; private set; }

    /// <summary>Runs a check.</summary>
    /// <param name="name">What it proves.</param>
    /// <param name="check">Throws if the check fails, else returns a line for the report.</param>
    public void Run(string name, Func<string> check)
    {
        long start = Stopwatch.GetTimestamp();
        string verdict = "ok  ";
        string told;
        try
        {
            told = check();
        }
#pragma warning disable CA1031 // Any failure of one check is reported, and the others still run.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            Failures++;
            verdict = "FAIL";
            told = $"{failure.GetType().Name}: {failure.Message}";
        }

        double milliseconds = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{verdict}  {name} ({milliseconds:0.0} ms) {told}"));
        output.Flush();
    }

    /// <summary>Throws unless something holds.</summary>
    public static void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new InvalidOperationException(otherwise);
        }
    }

    /// <summary>Throws unless values are as expected, by the relative L2 distance.</summary>
    /// <returns>The distance, as a sentence.</returns>
    public static string RequireClose(ReadOnlySpan<float> actual, ReadOnlySpan<double> expected, double tolerance)
    {
        double distance = RelativeDistance(actual, expected);
        Require(distance <= tolerance, $"the relative L2 error is {distance:0.0e+00}, more than {tolerance:0.0e+00}");
        return string.Create(CultureInfo.InvariantCulture, $"relative L2 error {distance:0.0e+00}");
    }

    /// <summary>The L2 distance over the L2 norm of what is expected; infinite when a value is not a number.</summary>
    public static double RelativeDistance(ReadOnlySpan<float> actual, ReadOnlySpan<double> expected)
    {
        double squares = 0, norm = 0;
        for (int index = 0; index < expected.Length; index++)
        {
            double difference = actual[index] - expected[index];
            squares += difference * difference;
            norm += expected[index] * expected[index];
        }

        double distance = Math.Sqrt(squares / norm);
        return double.IsNaN(distance) ? double.PositiveInfinity : distance;
    }
}
