using Moda.Kernels.Cuda.Execution;

namespace Moda.Kernels.Cuda.Convolution;

/// <summary>How a convolution is carried out on a GPU.</summary>
internal enum ConvolutionMethod
{
    /// <summary>A kernel of one position: a matrix product by cuBLASLt.</summary>
    MatrixProduct,

    /// <summary><c>convolution_mma</c>: float16 on tensor cores.</summary>
    TensorCores,

    /// <summary><c>convolution_wgmma</c>: float16 on the tensor cores of compute capability 9.0.</summary>
    Warpgroups,

    /// <summary><c>convolution_simt</c>: float32.</summary>
    Simt,

    /// <summary><c>convolution_depthwise</c>: one channel for each group.</summary>
    Depthwise,

    /// <summary><c>convolution_narrow</c>: few outputs, each a long sum.</summary>
    Narrow,
}

/// <summary>The kernel for a convolution and how it wants the weights padded.</summary>
/// <param name="Method">The kernel.</param>
/// <param name="PaddedInputs">Input channels of a group in the packed weights.</param>
/// <param name="PaddedOutputs">Output channels of a group in the packed weights.</param>
/// <param name="TileRows">Output positions of a block; 0 where they depend on how many there are.</param>
/// <param name="TileColumns">Output channels of a block.</param>
internal readonly record struct ConvolutionChoice(
    ConvolutionMethod Method, int PaddedInputs, int PaddedOutputs, int TileRows, int TileColumns)
{
    private const int MaximumGridYZ = 65535;

    /// <summary>With at most so many outputs a tile of a matrix kernel is nearly empty. Tensor cores are faster even then.</summary>
    private const int NarrowOutputs = 4;

    /// <summary>A sum of at least so many terms can occupy a block of its own.</summary>
    private const int LongSum = 512;

    /// <summary>With fewer input channels the steps of a warpgroup would be mostly padding.</summary>
    private const int WarpgroupInputs = 32;

    /// <summary>With fewer output channels the tiles of a warpgroup would be mostly padding.</summary>
    private const int WarpgroupOutputs = 24;

    /// <summary>Chooses.</summary>
    /// <param name="geometry">The convolution.</param>
    /// <param name="type">How activations are stored.</param>
    /// <param name="hasWarpgroupProducts">Whether the kernels are compiled for compute capability 9.0.</param>
    public static ConvolutionChoice For(ConvolutionGeometry geometry, ElementType type, bool hasWarpgroupProducts = false)
    {
        int inputs = geometry.InputChannels / geometry.Groups;
        int outputs = geometry.OutputChannels / geometry.Groups;
        if (geometry.Groups > 1 && inputs == 1 && outputs == 1)
        {
            return new ConvolutionChoice(ConvolutionMethod.Depthwise, 1, 1, 1, 1);
        }

        bool tensorCores = type == ElementType.Float16 && TensorCorePlan.Supports(geometry);
        if (!tensorCores && geometry.Groups == 1 && outputs <= NarrowOutputs && geometry.MultiplyAddsPerElement >= LongSum)
        {
            return new ConvolutionChoice(ConvolutionMethod.Narrow, inputs, outputs, 1, 1);
        }

        // On tensor cores the convolution's own kernel does this better: it applies any epilogue in the same pass.
        bool isPointwise = geometry is { Groups: 1, Upsample: 1 }
            && geometry.Kernel == Extent3.One && geometry.Stride == Extent3.One && geometry.Padding == default;
        if (!tensorCores && isPointwise)
        {
            return new ConvolutionChoice(ConvolutionMethod.MatrixProduct, inputs, outputs, 1, 1);
        }

        if (!tensorCores)
        {
            return new ConvolutionChoice(ConvolutionMethod.Simt, Division.ToMultiple(inputs, 16), Division.ToMultiple(outputs, 64), 64, 64);
        }

        // The rows of a tile are chosen for each call, by the number of output positions.
        int columns = outputs switch { <= 32 => 32, <= 64 => 64, > 128 and <= 160 => 160, _ => 128 };
        bool fillsWarpgroups = geometry.Groups == 1 && geometry.Stride == Extent3.One
            && inputs >= WarpgroupInputs && outputs >= WarpgroupOutputs;
        if (hasWarpgroupProducts && fillsWarpgroups)
        {
            return new ConvolutionChoice(
                ConvolutionMethod.Warpgroups, Division.ToMultiple(inputs, WarpgroupShape.StepChannels), Division.ToMultiple(outputs, columns), 0, columns);
        }

        int carried = TensorCorePlan.AfterIm2Col(geometry).InputChannels / geometry.Groups;
        return new ConvolutionChoice(
            ConvolutionMethod.TensorCores, Division.ToMultiple(carried, TensorCorePlan.TileDepth), Division.ToMultiple(outputs, columns), 0, columns);
    }

    /// <summary>Why the kernel can't do it; null when it can.</summary>
    /// <param name="geometry">The convolution.</param>
    /// <param name="outputRows">Positions of the output over the batch.</param>
    public string? FindFault(ConvolutionGeometry geometry, int outputRows)
    {
        if (Method is ConvolutionMethod.TensorCores or ConvolutionMethod.Simt)
        {
            int columnTiles = PaddedOutputs / TileColumns;
            if (columnTiles > MaximumGridYZ || geometry.Groups > MaximumGridYZ)
            {
                return $"a grid has at most {MaximumGridYZ} blocks in Y and Z, not {columnTiles} for the channels and {geometry.Groups} for the groups";
            }
        }

        return (long)geometry.Kernel.Depth * geometry.Kernel.Height * geometry.Kernel.Width > int.MaxValue / Math.Max(PaddedInputs, 1)
            ? "the sums have more than 2^31 terms"
            : outputRows < 1 ? "there are no output positions" : null;
    }
}
