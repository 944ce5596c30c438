using Moda.Kernels;

namespace Moda.Runtime.Networks.Rendering;

/// <summary>A convolution with a handful of output channels, computed in two steps: see <see cref="ConvolutionParameters.Unroll"/>.</summary>
internal sealed class UnrolledConvolution
{
    private readonly ConvolutionWeights taps;
    private readonly ConvolutionWeights sum;

    /// <summary>Packs a convolution.</summary>
    /// <param name="parameters">Where its parameters come from.</param>
    /// <param name="convolution">The convolution.</param>
    /// <param name="unrollHeight">Whether height is unrolled too; width always is.</param>
    public UnrolledConvolution(ParameterLoader parameters, ConvolutionParameters convolution, bool unrollHeight)
    {
        (ConvolutionParameters tapParameters, ConvolutionParameters sumParameters) = convolution.Unroll(unrollHeight);
        taps = parameters.Convolution(tapParameters);
        sum = parameters.Convolution(sumParameters);
    }

    public Tensor Forward(Workspace workspace, Tensor input, in Epilogue epilogue = default) =>
        workspace.Convolution(workspace.Convolution(input, taps), sum, epilogue);
}
