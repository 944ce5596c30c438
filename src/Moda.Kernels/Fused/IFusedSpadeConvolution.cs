using Moda.Kernels.Parameters;

namespace Moda.Kernels.Fused;

/// <summary>
/// A device that runs the convolution behind SPADE's gammas and betas together with the modulation, so that gammas and betas are
/// never stored. Elsewhere they run one after the other.
/// </summary>
public interface IFusedSpadeConvolution
{
    /// <summary>Packs the convolution for <see cref="SpadeConvolution"/>.</summary>
    /// <param name="store">Owns the packed weights.</param>
    /// <param name="weight">[2 C, inputs, kernel depth, kernel height, kernel width]: the gammas' rows, then the betas'.</param>
    /// <param name="bias">[2 C].</param>
    /// <param name="geometry">Kernel, stride, padding, channels.</param>
    /// <returns>The packed weights; null where the device has no fused kernel for this geometry.</returns>
    ConvolutionWeights? PrepareSpadeConvolution(
        ParameterStore store, ParameterValues weight, ReadOnlySpan<float> bias, ConvolutionGeometry geometry);

    /// <summary>A convolution that gives gammas and betas, then SPADE's normalise, modulate and activate with them.</summary>
    /// <param name="hidden">[N, H, W, S], the convolution's input.</param>
    /// <param name="weights">What <see cref="PrepareSpadeConvolution"/> returned.</param>
    /// <param name="input">[N, H / f, W / f, C], read as if upsampled f times (nearest).</param>
    /// <param name="statistics">[N, 2, C] of <see cref="Device.InstanceStatistics"/>.</param>
    /// <param name="activation">Applied last.</param>
    /// <param name="output">[N, H, W, C].</param>
    /// <param name="batch">The elements along N, and how many the kernel is chosen for.</param>
    void SpadeConvolution(
        Tensor hidden, ConvolutionWeights weights, Tensor input, Tensor statistics, Activation activation, Tensor output, BatchPlan batch);
}
