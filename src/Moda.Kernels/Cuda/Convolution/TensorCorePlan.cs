using Moda.Kernels.Convolution;
using Moda.Kernels.Cuda.Abi;
using Moda.Kernels.Cuda.Execution;

namespace Moda.Kernels.Cuda.Convolution;

/// <summary>How <c>convolution_mma.cu</c> carries out a convolution, and how its packed weights lie.</summary>
internal sealed class TensorCorePlan
{
    /// <summary><c>TILE_DEPTH</c> of <c>convolution_tiles.cuh</c>: input channels of a tile of weights.</summary>
    public const int TileDepth = 32;

    /// <summary>Input channels of which a group has a multiple where lines are not unfolded.</summary>
    public const int ChannelAlignment = 8;
    private const int MaximumIm2ColChannels = 64;

    /// <summary>Steps of a sum below which sharing them among blocks costs more than it gains.</summary>
    private const int MinimumSplitKSteps = 6;

    private const int MaximumGridZ = 65535;

    private readonly List<AxisPhase> heights;
    private readonly List<AxisPhase> widths;

    /// <summary>Plans.</summary>
    /// <param name="geometry">The convolution; <see cref="Supports"/> holds for it.</param>
    /// <param name="choice">Tiles and paddings.</param>
    public TensorCorePlan(ConvolutionGeometry geometry, ConvolutionChoice choice)
    {
        Original = geometry;
        Geometry = AfterIm2Col(geometry);
        Choice = choice;
        heights = AxisPhase.Decompose(Geometry.Kernel.Height, Geometry.Stride.Height, Geometry.Padding.Height, Geometry.Upsample);
        widths = AxisPhase.Decompose(Geometry.Kernel.Width, Geometry.Stride.Width, Geometry.Padding.Width, Geometry.Upsample);
        Variants = ConvolutionVariant.Decompose(Geometry);
        Steps = Variants.Max(variant => variant.TapCount) * (choice.PaddedInputs / TileDepth);
        MostTaps = new Extent3(Geometry.Kernel.Depth, heights.Max(phase => phase.Extent), widths.Max(phase => phase.Extent));
    }

    /// <summary>The convolution as it was asked for.</summary>
    public ConvolutionGeometry Original { get; }

    /// <summary>The convolution as the kernel carries it out: where lines are unfolded, the kernel's width has become input channels.</summary>
    public ConvolutionGeometry Geometry { get; }

    /// <summary>Tiles and paddings.</summary>
    public ConvolutionChoice Choice { get; }

    /// <summary>The convolutions that make it up.</summary>
    public ConvolutionVariant[] Variants { get; }

    /// <summary>Whether the taps along a line of the kernel are laid beside each other in memory first.</summary>
    public bool UsesIm2Col => Geometry.InputChannels != Original.InputChannels;

    /// <summary>Input channels of a group, as the kernel sees them.</summary>
    public int GroupInputs => Geometry.InputChannels / Geometry.Groups;

    /// <summary>Elements from one group of a position to the next where positions are copied to where 16 bytes can be read at once.</summary>
    public int Im2ColGroupStride => Division.ToMultiple(GroupInputs, ChannelAlignment);

    /// <summary>Steps of the sums of the variant with the most taps.</summary>
    public int Steps { get; }

    /// <summary>The most taps that a variant has along each axis.</summary>
    public Extent3 MostTaps { get; }

    /// <summary>Whether no two outputs are the same sum: upsampled positions may read the same inputs by the same taps.</summary>
    public bool HasOneOutputPerSum => heights.All(phase => phase.PhaseCount == 1) && widths.All(phase => phase.PhaseCount == 1);

    /// <summary>Blocks that share the sums of a tile, where there are too few tiles for all multiprocessors.</summary>
    public int SplitKFor(long tiles, int multiprocessors) => (int)Math.Clamp(
        multiprocessors / tiles, 1, Math.Clamp(Steps / MinimumSplitKSteps, 1, MaximumGridZ / Geometry.Groups));

    /// <summary>Weights of a variant, with paddings.</summary>
    public long WeightCount(ConvolutionVariant variant) =>
        (long)variant.TapCount * Geometry.Groups * Choice.PaddedInputs * Choice.PaddedOutputs;

    /// <summary>Whether the kernel can carry it out.</summary>
    public static bool Supports(ConvolutionGeometry geometry) =>
        AxisPhase.Period(geometry.Stride.Height, geometry.Upsample) <= KernelAxisPhases.MaximumPhases
        && AxisPhase.Period(geometry.Stride.Width, geometry.Upsample) <= KernelAxisPhases.MaximumPhases;

    /// <summary>The convolution as the kernel carries it out.</summary>
    /// <remarks>A few channels, of which a tap would fill only a small part of a step, are joined with those of the line's other taps.</remarks>
    public static ConvolutionGeometry AfterIm2Col(ConvolutionGeometry geometry)
    {
        int width = geometry.Kernel.Width;
        int inputs = geometry.InputChannels / geometry.Groups;
        bool usesIm2Col = width > 1 && geometry.Upsample == 1 && inputs % ChannelAlignment != 0 && inputs * width <= MaximumIm2ColChannels;
        return usesIm2Col
            ? geometry with
            {
                InputChannels = geometry.InputChannels * width,
                Kernel = geometry.Kernel with { Width = 1 },
                Stride = geometry.Stride with { Width = 1 },
                Padding = geometry.Padding with { Width = 0 },
            }
            : geometry;
    }

    /// <summary>The most rows of any variant.</summary>
    public int RowsOfVariant(int batch, Extent3 output)
    {
        Extent3 extent = ExtentOfVariant(output);
        return checked(batch * extent.Depth * extent.Height * extent.Width);
    }

    /// <summary>Output positions of the variant that has the most.</summary>
    /// <param name="output">Output positions of the whole convolution.</param>
    public Extent3 ExtentOfVariant(Extent3 output)
    {
        Extent3 period = Variants[0].Period;
        return new Extent3(output.Depth, Division.RoundUp(output.Height, period.Height), Division.RoundUp(output.Width, period.Width));
    }

    /// <summary>The variants as the kernel wants them.</summary>
    /// <param name="rowTiles">Tiles of <see cref="RowsOfVariant"/>.</param>
    public KernelConvolutionVariants KernelVariants(int rowTiles)
    {
        ConvolutionVariant first = Variants[0];
        var variants = new KernelConvolutionVariants
        {
            Step = first.Step,
            PeriodHeight = first.Period.Height,
            PeriodWidth = first.Period.Width,
            PhasesHeight = heights.Count,
            PhasesWidth = widths.Count,
            RowTiles = rowTiles,
        };
        for (int index = 0; index < heights.Count; index++)
        {
            variants.Height[index] = new KernelAxisPhase(heights[index]);
        }

        for (int index = 0; index < widths.Count; index++)
        {
            variants.Width[index] = new KernelAxisPhase(widths[index]);
        }

        return variants;
    }
}
