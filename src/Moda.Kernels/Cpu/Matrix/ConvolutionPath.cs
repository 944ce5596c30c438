namespace Moda.Kernels.Cpu.Matrix;

/// <summary>The algorithms for a convolution. Each needs its weights in an order of its own.</summary>
internal enum ConvolutionPath
{
    /// <summary><see cref="IndirectConvolution{TVector}"/>.</summary>
    Indirect,

    /// <summary><see cref="LineFoldedConvolution{TVector}"/>.</summary>
    LineFolded,

    /// <summary><see cref="DepthwiseConvolution{TVector}"/>.</summary>
    Depthwise,
}
