using Moda.Kernels.Cuda.Memory;

namespace Moda.Kernels.Cuda.Kernels;

/// <summary>A linear layer as cuBLASLt wants it: [outputs, inputs] as activations are stored.</summary>
internal sealed class CudaLinearWeights : LinearWeights
{
    /// <summary>Describes weights that lie in a block.</summary>
    public CudaLinearWeights(CudaBlock block, long biasOffset, long storedBiasOffset, bool hasBias, int outputs, int inputs)
        : base(outputs, inputs)
    {
        Weight = block.Address;
        HasBias = hasBias;
        Bias = hasBias ? block.Address + (ulong)biasOffset : 0;
        StoredBias = hasBias ? block.Address + (ulong)storedBiasOffset : 0;
    }

    /// <summary>The address of the weights.</summary>
    public ulong Weight { get; }

    /// <summary>Whether there is a bias.</summary>
    public bool HasBias { get; }

    /// <summary>The address of the bias in float32; 0 without one.</summary>
    public ulong Bias { get; }

    /// <summary>The address of the bias as activations are stored; 0 without one.</summary>
    public ulong StoredBias { get; }
}
