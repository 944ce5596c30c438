using Moda.Kernels.Convolution;
using Moda.Kernels.Cuda.Abi;
using Moda.Kernels.Cuda.Execution;

namespace Moda.Kernels.Cuda.Convolution;

/// <summary>How <c>convolution_mma.cu</c> carries out a convolution, and how its packed weights lie.</summary>
internal sealed class TensorCorePlan
{
    /// <summary><c>TILE_DEPTH</c> of <c>convolution_tiles.cuh</c>: input channels of a tile of weights.</summary>
    public const int TileDepth = 32;

    /// <summary>Channels of an access of 16 bytes. The kernels read the input in such pieces.</summary>
    public const int ChannelAlignment = 8;

    /// <summary>im2col is used where a group has at most so many channels after it.</summary>
    private const int MaximumIm2ColChannels = 64;

    /// <summary>Split-K gives each block at least so many steps of a sum. With fewer it costs more than it gains.</summary>
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

    /// <summary>The convolution that the kernel carries out. After im2col the kernel's width has become input channels.</summary>
    public ConvolutionGeometry Geometry { get; }

    /// <summary>Tiles and paddings.</summary>
    public ConvolutionChoice Choice { get; }

    /// <summary>The convolutions that make it up.</summary>
    public ConvolutionVariant[] Variants { get; }

    /// <summary>Whether im2col first turns the taps along a line of the kernel into input channels.</summary>
    public bool UsesIm2Col => Geometry.InputChannels != Original.InputChannels;

    /// <summary>Input channels of a group, as the kernel sees them.</summary>
    public int GroupInputs => Geometry.InputChannels / Geometry.Groups;

    /// <summary>Elements from one group of a position to the next in the copy that im2col makes.</summary>
    public int Im2ColGroupStride => Division.ToMultiple(GroupInputs, ChannelAlignment);

    /// <summary>Steps of the sums of the variant with the most taps.</summary>
    public int Steps { get; }

    /// <summary>The most taps that a variant has along each axis.</summary>
    public Extent3 MostTaps { get; }

    /// <summary>Whether every output has a sum of its own. Outputs of an upsampled map may share one: they read the same inputs by the same taps.</summary>
    public bool HasOneOutputPerSum => heights.All(phase => phase.PhaseCount == 1) && widths.All(phase => phase.PhaseCount == 1);

    /// <summary>How many blocks share the sums of a tile (split-K): more than one where there are too few tiles for all multiprocessors.</summary>
    public int SplitKFor(long tiles, int multiprocessors) => MostSplitK(multiprocessors / tiles);

    /// <summary>As many blocks as wanted, or as many as can share the sums of a tile.</summary>
    public int MostSplitK(long wanted) => (int)Math.Clamp(wanted, 1, Math.Clamp(Steps / MinimumSplitKSteps, 1, MaximumGridZ / Geometry.Groups));

    /// <summary>Weights of a variant, with paddings.</summary>
    public long WeightCount(ConvolutionVariant variant) =>
        (long)variant.TapCount * Geometry.Groups * Choice.PaddedInputs * Choice.PaddedOutputs;

    /// <summary>Whether the kernel can carry it out.</summary>
    public static bool Supports(ConvolutionGeometry geometry) =>
        AxisPhase.Period(geometry.Stride.Height, geometry.Upsample) <= KernelAxisPhases.MaximumPhases
        && AxisPhase.Period(geometry.Stride.Width, geometry.Upsample) <= KernelAxisPhases.MaximumPhases;

    /// <summary>The convolution that is left after im2col; the same convolution where im2col is not used.</summary>
    /// <remarks>A tap of few channels fills only a small part of a step. im2col joins the channels of all taps of a line.</remarks>
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

    /// <summary>The variants as the kernel takes them.</summary>
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
