namespace Moda.Kernels;

/// <summary>Tokens with a modulation of their own; see <see cref="Workspace.AdaRmsNorm(ReadOnlySpan{AdaRmsNormPart}, float)"/>.</summary>
/// <param name="Input">[T, B, C].</param>
/// <param name="Shift">[B, C].</param>
/// <param name="Scale">[B, C].</param>
/// <param name="Output">[T, B, C]. No other part reads or writes it.</param>
public readonly record struct AdaRmsNormPart(Tensor Input, Tensor Shift, Tensor Scale, Tensor Output);
