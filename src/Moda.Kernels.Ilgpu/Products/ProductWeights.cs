using ILGPU;
using Moda.Kernels.Ilgpu.Memory;

namespace Moda.Kernels.Ilgpu.Products;

/// <summary>Packed weights and a bias.</summary>
internal sealed class PackedProduct(
    in ConvolutionGeometry geometry, ProductMethod method, in WeightLayout layout, DeviceMemory weights, DeviceMemory? bias)
{
    /// <summary>The convolution; of a linear layer one with a kernel of 1.</summary>
    public ConvolutionGeometry Geometry { get; } = geometry;

    /// <summary>The kernel that they are packed for.</summary>
    public ProductMethod Method { get; } = method;

    /// <summary>How they are packed.</summary>
    public WeightLayout Layout { get; } = layout;

    /// <summary>The weights.</summary>
    public ArrayView<float> Weights => ((IlgpuBlock)weights).Values;

    /// <summary>The bias of each output channel; null for none.</summary>
    public ArrayView<float>? Bias => (bias as IlgpuBlock)?.Values;
}

/// <summary>A linear layer's weights.</summary>
internal sealed class IlgpuLinearWeights(PackedProduct product)
    : LinearWeights(product.Geometry.OutputChannels, product.Geometry.InputChannels)
{
    /// <summary>The weights.</summary>
    public PackedProduct Product { get; } = product;
}

/// <summary>A convolution's weights.</summary>
internal sealed class IlgpuConvolutionWeights(PackedProduct product) : ConvolutionWeights(product.Geometry)
{
    /// <summary>The weights.</summary>
    public PackedProduct Product { get; } = product;
}
