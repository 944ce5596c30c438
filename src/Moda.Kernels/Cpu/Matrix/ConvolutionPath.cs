namespace Moda.Kernels.Cpu.Matrix;

/// <summary>The ways in which a convolution is carried out; each wants its weights in another order.</summary>
internal enum ConvolutionPath
{
    /// <summary><see cref="IndirectConvolution{TVector}"/>.</summary>
    Indirect,

    /// <summary><see cref="LineFoldedConvolution{TVector}"/>.</summary>
    LineFolded,

    /// <summary><see cref="DepthwiseConvolution{TVector}"/>.</summary>
    Depthwise,
}
