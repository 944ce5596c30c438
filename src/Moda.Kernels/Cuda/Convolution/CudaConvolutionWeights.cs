using Moda.Kernels.Cuda.Kernels;
using Moda.Kernels.Cuda.Memory;

namespace Moda.Kernels.Cuda.Convolution;

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
