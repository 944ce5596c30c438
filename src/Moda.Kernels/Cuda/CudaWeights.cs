namespace Moda.Kernels.Cuda;

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

/// <summary>A convolution as its kernel wants it.</summary>
internal sealed class CudaConvolutionWeights : ConvolutionWeights
{
    /// <summary>Neighbouring outputs whose gammas, then betas, <c>convolution_modulate</c> expects.</summary>
    public const int ModulationBlock = 32;

    /// <summary>A convolution that is a matrix product.</summary>
    public CudaConvolutionWeights(ConvolutionGeometry geometry, ConvolutionChoice choice, CudaLinearWeights product)
        : base(geometry)
    {
        Choice = choice;
        Product = product;
    }

    /// <summary>A convolution whose weights lie in a block.</summary>
    public CudaConvolutionWeights(
        ConvolutionGeometry geometry, ConvolutionChoice choice, CudaBlock block, long? biasOffset, TensorCorePlan? plan = null)
        : base(geometry)
    {
        Choice = choice;
        Plan = plan;
        Weight = block.Address;
        Bias = biasOffset is { } offset ? block.Address + (ulong)offset : 0;
    }

    /// <summary>The kernel.</summary>
    public ConvolutionChoice Choice { get; }

    /// <summary>How tensor cores carry it out; null unless they do.</summary>
    public TensorCorePlan? Plan { get; }

    /// <summary>The layer that it is; null unless it is a matrix product.</summary>
    public CudaLinearWeights? Product { get; }

    /// <summary>The address of the packed weights.</summary>
    public ulong Weight { get; }

    /// <summary>The address of the bias in float32; 0 without one.</summary>
    public ulong Bias { get; }
}
