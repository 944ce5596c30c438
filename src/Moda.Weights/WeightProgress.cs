namespace Moda.Weights;

/// <summary>How far the writing or checking of weights has come.</summary>
/// <param name="Network">The network in hand.</param>
/// <param name="Tensor">The tensor in hand.</param>
/// <param name="BytesDone">Bytes of tensors done, of all networks together.</param>
/// <param name="BytesTotal">Bytes of tensors of all networks together.</param>
public readonly record struct WeightProgress(string Network, string Tensor, long BytesDone, long BytesTotal);
