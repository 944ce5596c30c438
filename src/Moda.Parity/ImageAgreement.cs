using Moda.Parity.Cases;

namespace Moda.Parity;

/// <summary>How well an image of bytes agrees with the reference's.</summary>
/// <param name="Decibels">Its peak signal-to-noise ratio; infinite where the images are the same.</param>
/// <param name="ShareWithinOne">The share of values that are at most one level away, 0 to 1.</param>
/// <param name="Requirement">What it must reach.</param>
public sealed record ImageAgreement(double Decibels, double ShareWithinOne, ImageRequirement Requirement)
{
    private const double Peak = byte.MaxValue;

    /// <summary>Whether the image is the reference's.</summary>
    public bool Passed => Decibels >= Requirement.Decibels && ShareWithinOne >= Requirement.ShareWithinOne;

    /// <summary>Compares two images of values 0..255, as many in each.</summary>
    public static ImageAgreement Compare(ReadOnlySpan<float> actual, ReadOnlySpan<float> expected, ImageRequirement requirement)
    {
        double squares = 0;
        int near = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            double error = actual[i] - expected[i];
            squares += error * error;
            near += Math.Abs(error) <= 1 ? 1 : 0;
        }

        double decibels = squares == 0 ? double.PositiveInfinity : 10 * Math.Log10(Peak * Peak * expected.Length / squares);
        return new ImageAgreement(decibels, (double)near / expected.Length, requirement);
    }
}
