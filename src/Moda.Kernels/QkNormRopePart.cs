namespace Moda.Kernels;

/// <summary>Queries or keys with a norm weight and a rotation of their own; see <see cref="Device.QkNormRope(ReadOnlySpan{QkNormRopePart}, int, float)"/>.</summary>
/// <param name="Heads">[T, B, heads x D], changed in place. No other part reads or writes it.</param>
/// <param name="Weight">[D].</param>
/// <param name="Rotation">[P, D], or null to leave the tokens unrotated.</param>
public readonly record struct QkNormRopePart(Tensor Heads, Tensor Weight, Tensor? Rotation);
