namespace Moda.Weights;

/// <summary>The progress of writing or checking weights.</summary>
/// <param name="Network">The current network.</param>
/// <param name="Tensor">The current tensor.</param>
/// <param name="BytesDone">Bytes of the tensors that are done, for all networks together.</param>
/// <param name="BytesTotal">Bytes of all tensors of all networks together.</param>
public readonly record struct WeightProgress(string Network, string Tensor, long BytesDone, long BytesTotal);
