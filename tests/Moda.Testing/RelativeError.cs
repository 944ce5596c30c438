
namespace Moda.Testing;

/// <summary>The measure of parity: <c>||found - expected||_2 / ||expected||_2</c>.</summary>
public static class RelativeError
{
    public static double Between(ReadOnlySpan<float> found, ReadOnlySpan<float> expected)
    {
        if (found.Length != expected.Length)
        {
            throw new ArgumentException($"{found.Length} values cannot be compared with {expected.Length}.");
        }
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            difference += ((double)found[i] - expected[i]) * ((double)found[i] - expected[i]);
            norm += (double)expected[i] * expected[i];
        }
        return Math.Sqrt(difference / norm);
    }
}
