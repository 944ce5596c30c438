namespace Moda.Kernels.Cpu.Matrix;

/// <summary>A linear layer: a convolution with one tap.</summary>
internal sealed class CpuLinearWeights(PackedWeights packed) : LinearWeights(packed.Geometry.OutputChannels, packed.Geometry.InputChannels)
{
    public PackedWeights Packed => packed;
}

/// <summary>A convolution.</summary>
internal sealed class CpuConvolutionWeights(PackedWeights packed) : ConvolutionWeights(packed.Geometry)
{
    public PackedWeights Packed => packed;
}
