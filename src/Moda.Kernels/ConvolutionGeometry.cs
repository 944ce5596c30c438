namespace Moda.Kernels;

/// <summary>
/// The shape of a convolution in one, two or three dimensions; missing axes have kernel 1. It is a cross-correlation with zero padding,
/// as PyTorch's <c>Conv1d</c>, <c>Conv2d</c> and <c>Conv3d</c> are.
/// </summary>
public readonly record struct ConvolutionGeometry
{
    /// <summary>Input channels over all groups.</summary>
    public required int InputChannels { get; init; }

    /// <summary>Output channels over all groups.</summary>
    public required int OutputChannels { get; init; }

    /// <summary>Kernel extents.</summary>
    public required Extent3 Kernel { get; init; }

    /// <summary>Steps between outputs.</summary>
    public Extent3 Stride { get; init; } = Extent3.One;

    /// <summary>Zeros before and after each axis.</summary>
    public Extent3 Padding { get; init; }

    /// <summary>Channel groups; equal to the input channels for a depthwise convolution.</summary>
    public int Groups { get; init; } = 1;

    /// <summary>
    /// The input is read as if each of its positions were repeated this many times along height and width
    /// (nearest upsampling before the convolution); 1 reads it as it is.
    /// </summary>
    public int Upsample { get; init; } = 1;

    /// <summary>Creates a geometry with stride 1, no padding, one group.</summary>
    public ConvolutionGeometry()
    {
    }

    /// <summary>Multiply-adds of one output element: one for each kernel element and input channel of its group.</summary>
    public long MultiplyAddsPerElement => (long)Kernel.Depth * Kernel.Height * Kernel.Width * (InputChannels / Groups);

    /// <summary>The spatial extents of the output for an input of the given spatial extents.</summary>
    public Extent3 OutputExtent(Extent3 input) => new(
        OutputExtent(input.Depth, Kernel.Depth, Stride.Depth, Padding.Depth),
        OutputExtent(input.Height * Upsample, Kernel.Height, Stride.Height, Padding.Height),
        OutputExtent(input.Width * Upsample, Kernel.Width, Stride.Width, Padding.Width));

    private static int OutputExtent(int input, int kernel, int stride, int padding) =>
        (input + 2 * padding - kernel) / stride + 1;
}
