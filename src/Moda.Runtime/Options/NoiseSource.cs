namespace Moda.Runtime.Options;

/// <summary>Draws the noise that a segment of motion begins with.</summary>
/// <param name="segment">0, 1, ...</param>
/// <param name="destination">[frames, motion channels]; takes standard normal numbers.</param>
internal delegate void NoiseSource(int segment, Span<float> destination);
