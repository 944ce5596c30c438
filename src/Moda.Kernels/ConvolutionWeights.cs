namespace Moda.Kernels;

/// <summary>The weights of a convolution, packed as a device wants them. Owned by the <see cref="ParameterStore"/> that made it.</summary>
public abstract class ConvolutionWeights
{
    /// <summary>Describes packed weights.</summary>
    protected ConvolutionWeights(ConvolutionGeometry geometry) => Geometry = geometry;

    /// <summary>Kernel, stride, padding, channels.</summary>
    public ConvolutionGeometry Geometry { get; }
}
