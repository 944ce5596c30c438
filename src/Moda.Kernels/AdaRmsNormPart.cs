namespace Moda.Kernels;

/// <summary>Tokens with a shift and a scale of their own; see <see cref="Device.AdaRmsNorm(ReadOnlySpan{AdaRmsNormPart}, float)"/>.</summary>
/// <param name="Input">[T, B, C].</param>
/// <param name="Shift">[B, C].</param>
/// <param name="Scale">[B, C].</param>
/// <param name="Output">[T, B, C]. No other part reads or writes it.</param>
public readonly record struct AdaRmsNormPart(Tensor Input, Tensor Shift, Tensor Scale, Tensor Output);
