namespace Moda.Kernels;

/// <summary>
/// What follows a matrix product or a convolution before it is stored:
/// <c>y = activation(gate * (product + bias) + residual)</c>. The bias belongs to the weights.
/// </summary>
public readonly record struct Epilogue
{
    /// <summary>The activation, applied last.</summary>
    public Activation Activation { get; init; }

    /// <summary>Added before the activation; the output's shape. It may be the output itself.</summary>
    public Tensor? Residual { get; init; }

    /// <summary>
    /// Multiplies the product (and its bias); its extents equal the output's trailing extents:
    /// [B, C] gates an output [T, B, C], [C] gates any output of C channels, [N, H, W, 1] gates all channels of a position alike.
    /// </summary>
    public Tensor? Gate { get; init; }
}
