using Moda.Kernels.Ilgpu.Execution;

namespace Moda.Kernels.Ilgpu.Products;

/// <summary>
/// A convolution as kernels see it: channels last, zero padding, missing axes of extent and kernel 1. A linear layer is a convolution of a
/// line of positions with a kernel of 1. The sums of an output run over taps, then over the channels of a tap, which are padded to a
/// multiple of <see cref="ChunkChannels"/>.
/// </summary>
internal readonly struct ProductGeometry
{
    /// <summary>Channels that a thread of a tiled kernel reads at once.</summary>
    public const int ChunkChannels = 4;

    public readonly int InputDepth;
    public readonly int InputHeight;
    public readonly int InputWidth;
    public readonly int OutputDepth;
    public readonly int OutputHeight;
    public readonly int OutputWidth;
    public readonly int KernelDepth;
    public readonly int KernelHeight;
    public readonly int KernelWidth;
    public readonly int StrideDepth;
    public readonly int StrideHeight;
    public readonly int StrideWidth;
    public readonly int PaddingDepth;
    public readonly int PaddingHeight;
    public readonly int PaddingWidth;
    public readonly int Upsample;

    /// <summary>Input channels of a group.</summary>
    public readonly int Inputs;

    /// <summary>Output channels of a group.</summary>
    public readonly int Outputs;

    /// <summary>Input channels of a group in the packed weights.</summary>
    public readonly int PaddedInputs;

    /// <summary>Output channels of a group in the packed weights.</summary>
    public readonly int PaddedOutputs;

    /// <summary>Terms of a sum in the packed weights of a group.</summary>
    public readonly int PaddedTerms;

    /// <summary>Describes a convolution of an input.</summary>
    /// <param name="geometry">The convolution.</param>
    /// <param name="layout">How its weights are packed.</param>
    /// <param name="input">The input's extents.</param>
    public ProductGeometry(in ConvolutionGeometry geometry, in WeightLayout layout, Extent3 input)
    {
        Extent3 output = geometry.OutputExtent(input);
        (InputDepth, InputHeight, InputWidth) = (input.Depth, input.Height, input.Width);
        (OutputDepth, OutputHeight, OutputWidth) = (output.Depth, output.Height, output.Width);
        (KernelDepth, KernelHeight, KernelWidth) = (geometry.Kernel.Depth, geometry.Kernel.Height, geometry.Kernel.Width);
        (StrideDepth, StrideHeight, StrideWidth) = (geometry.Stride.Depth, geometry.Stride.Height, geometry.Stride.Width);
        (PaddingDepth, PaddingHeight, PaddingWidth) = (geometry.Padding.Depth, geometry.Padding.Height, geometry.Padding.Width);
        Upsample = geometry.Upsample;
        Inputs = geometry.InputChannels / geometry.Groups;
        Outputs = geometry.OutputChannels / geometry.Groups;
        PaddedInputs = layout.PaddedInputs;
        PaddedOutputs = layout.PaddedOutputs;
        PaddedTerms = layout.PaddedTerms;
    }

    /// <summary>Where the taps of an output position begin.</summary>
    public TapOrigin OriginOf(long outputRow)
    {
        var to = VoxelPosition.Of(outputRow, OutputDepth, OutputHeight, OutputWidth);
        return new TapOrigin(
            to.Element * InputDepth * InputHeight * InputWidth,
            (to.Z * StrideDepth) - PaddingDepth,
            (to.Y * StrideHeight) - PaddingHeight,
            (to.X * StrideWidth) - PaddingWidth);
    }

    /// <summary>The input row that a tap reads, or -1 where it lies in the padding.</summary>
    public long RowOf(TapOrigin origin, int tapZ, int tapY, int tapX)
    {
        int z = origin.Z + tapZ;
        int y = origin.Y + tapY;
        int x = origin.X + tapX;
        if (z < 0 || z >= InputDepth || y < 0 || y >= InputHeight * Upsample || x < 0 || x >= InputWidth * Upsample)
        {
            return -1;
        }

        if (Upsample != 1)
        {
            y /= Upsample;
            x /= Upsample;
        }

        return origin.ElementRow + ((((long)z * InputHeight) + y) * InputWidth) + x;
    }
}

/// <summary>Where the taps of an output position begin, in (upsampled) input coordinates.</summary>
internal readonly struct TapOrigin(long elementRow, int z, int y, int x)
{
    /// <summary>The first input row of the batch element.</summary>
    public readonly long ElementRow = elementRow;

    public readonly int Z = z;
    public readonly int Y = y;
    public readonly int X = x;
}
