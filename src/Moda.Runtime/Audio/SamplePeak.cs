namespace Moda.Runtime.Audio;

/// <summary>The peak of samples.</summary>
internal static class SamplePeak
{
    /// <summary>The largest magnitude; 0 when there are no samples.</summary>
    public static float Of(ReadOnlySpan<float> samples)
    {
        float peak = 0;
        foreach (float sample in samples)
        {
            peak = Math.Max(peak, Math.Abs(sample));
        }
        return peak;
    }
}
