using Moda.Parity.Cases;

namespace Moda.Parity;

/// <summary>How close one output is to the reference's.</summary>
/// <param name="Output">The output's name.</param>
/// <param name="RelativeError">||out - ref|| / ||ref|| (L2), in float64.</param>
/// <param name="LargestError">The largest absolute difference of an element.</param>
/// <param name="Tolerance">The relative error up to which the output passes.</param>
/// <param name="Image">For images of bytes: how they agree, which decides instead of the relative error.</param>
public sealed record ParityResult(string Output, double RelativeError, double LargestError, double Tolerance, ImageAgreement? Image = null)
{
    /// <summary>Whether the output is the reference's within the tolerance; what is not a number never is.</summary>
    public bool Passed => Image?.Passed ?? RelativeError <= Tolerance;

    /// <summary>Compares an output.</summary>
    /// <param name="output">Its name.</param>
    /// <param name="actual">What was computed, whole.</param>
    /// <param name="expected">Every <paramref name="stride"/>-th element of what the reference computed.</param>
    /// <param name="stride">1 where all is stored.</param>
    /// <param name="tolerance">The relative error up to which the output passes.</param>
    /// <param name="image">For images of bytes: how well they must agree.</param>
    /// <exception cref="ArgumentException">The lengths don't fit together.</exception>
    public static ParityResult Compare(
        string output, ReadOnlySpan<float> actual, ReadOnlySpan<float> expected, int stride, double tolerance, ImageRequirement? image = null)
    {
        if ((actual.Length + stride - 1) / stride != expected.Length)
        {
            throw new ArgumentException(
                $"Output '{output}' has {actual.Length} elements, of which every {stride}. would be stored, but {expected.Length} are.", nameof(actual));
        }

        double squaredError = 0;
        double squaredNorm = 0;
        double largest = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            double error = (double)actual[i * stride] - expected[i];
            squaredError += error * error;
            squaredNorm += (double)expected[i] * expected[i];

            // Max passes on what is not a number, so that it stays visible.
            largest = Math.Max(largest, Math.Abs(error));
        }

        double relative = squaredError == 0 ? 0 : Math.Sqrt(squaredError / squaredNorm);
        return new ParityResult(
            output, relative, largest, tolerance, image is null ? null : ImageAgreement.Compare(actual, expected, image));
    }
}
