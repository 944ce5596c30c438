namespace Moda.Runtime.Sampling;

/// <summary>Draws the noise that a segment of motion begins with.</summary>
/// <param name="segment">0, 1, ...</param>
/// <param name="destination">[frames, motion channels]; takes standard normal numbers.</param>
internal delegate void NoiseSource(int segment, Span<float> destination);

/// <summary>Sources of noise.</summary>
internal static class NoiseSources
{
    /// <summary>Numbers of <see cref="PhiloxNormal"/>, a stream for each segment: one seed gives one noise on every device.</summary>
    public static NoiseSource Philox(ulong seed) =>
        (segment, destination) => new PhiloxNormal(seed, (ulong)segment).Fill(destination);
}
