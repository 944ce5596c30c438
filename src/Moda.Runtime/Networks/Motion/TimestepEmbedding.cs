namespace Moda.Runtime.Networks.Motion;

/// <summary>The sinusoidal features of a diffusion timestep: first the cosines, then the sines, of frequencies from 1 down to 1 / 10000.</summary>
internal static class TimestepEmbedding
{
    private const double LongestPeriod = 10_000;

    /// <summary>Computes the features of one timestep.</summary>
    /// <param name="timestep">0 to 1000, not a noise level.</param>
    /// <param name="features">Receives the features. Their number is even.</param>
    public static void Compute(float timestep, Span<float> features)
    {
        int half = features.Length / 2;
        for (int i = 0; i < half; i++)
        {
            double angle = timestep * Math.Exp(-Math.Log(LongestPeriod) * i / half);
            features[i] = (float)Math.Cos(angle);
            features[half + i] = (float)Math.Sin(angle);
        }
    }
}
