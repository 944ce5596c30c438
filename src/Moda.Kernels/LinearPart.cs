namespace Moda.Kernels;

/// <summary>One of several linear layers that do not depend on each other; see <see cref="Device.Linear(ReadOnlySpan{LinearPart}, BatchPlan)"/>.</summary>
/// <param name="Input">[..., inputs].</param>
/// <param name="Weights">Packed weights.</param>
/// <param name="Epilogue">Gate, residual, activation. The residual may be the output.</param>
/// <param name="Output">[..., outputs]. No other part reads or writes it.</param>
public readonly record struct LinearPart(Tensor Input, LinearWeights Weights, Epilogue Epilogue, Tensor Output);
