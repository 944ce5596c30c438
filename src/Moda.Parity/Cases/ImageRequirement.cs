namespace Moda.Parity.Cases;

/// <summary>How well an image of bytes must agree: fixed-point sampling in the reference rounds where this engine does not.</summary>
/// <param name="Decibels">The lowest peak signal-to-noise ratio.</param>
/// <param name="ShareWithinOne">The share of values that must be at most one level away, 0 to 1.</param>
public sealed record ImageRequirement(double Decibels, double ShareWithinOne)
{
    /// <summary>Images that are cut out and pasted back: 45 dB, and 99 % of values within one level.</summary>
    public static ImageRequirement Sampled { get; } = new(45, 0.99);

    /// <summary>Frames at the end of the whole chain: 40 dB.</summary>
    public static ImageRequirement Rendered { get; } = new(40, 0);
}
