namespace Moda.Kernels.Fused;

/// <summary>
/// The convolution that gives SPADE's gammas and betas, packed for <see cref="FusedOperations.SpadeConvolution"/>. Owned by the
/// <see cref="ParameterStore"/> that made it.
/// </summary>
internal sealed class SpadeConvolutionWeights
{
    internal SpadeConvolutionWeights(ConvolutionWeights convolution, bool isFused)
    {
        Convolution = convolution;
        IsFused = isFused;
    }

    /// <summary>Kernel, stride, padding, channels.</summary>
    public ConvolutionGeometry Geometry => Convolution.Geometry;

    /// <summary>The packed weights.</summary>
    internal ConvolutionWeights Convolution { get; }

    /// <summary>Whether they are packed for <see cref="IFusedSpadeConvolution.SpadeConvolution"/> rather than for a plain convolution.</summary>
    internal bool IsFused { get; }
}
