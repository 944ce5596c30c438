using Moda.Runtime.Options;

namespace Moda.Runtime.Sampling;

/// <summary>Sources of noise.</summary>
internal static class NoiseSources
{
    /// <summary>Numbers of <see cref="PhiloxNormal"/>, a stream for each segment: one seed gives one noise on every device.</summary>
    public static NoiseSource Philox(ulong seed) =>
        (segment, destination) => new PhiloxNormal(seed, (ulong)segment).Fill(destination);
}
