using Moda.Kernels.Convolution;
using Moda.Kernels.Cpu.Memory;
using Moda.Kernels.Parameters;

namespace Moda.Kernels.Cpu.Matrix;

/// <summary>Weights of a linear layer or a convolution in the order in which the CPU's kernels read them.</summary>
internal sealed unsafe class PackedWeights
{
    private PackedWeights(ParameterStore store, ConvolutionGeometry geometry, ConvolutionPath path, PanelLayout layout, ReadOnlySpan<float> bias)
    {
        Geometry = geometry;
        Path = path;
        Layout = layout;
        Bias = Allocate(store, (long)Groups * layout.PaddedColumns);
        new Span<float>(Bias, Groups * layout.PaddedColumns).Clear();
        for (int group = 0; !bias.IsEmpty && group < Groups; group++)
        {
            bias.Slice(group * Outputs, Outputs).CopyTo(new Span<float>(Bias + group * layout.PaddedColumns, Outputs));
        }

        int line = checked(geometry.Kernel.Width * Inputs);
        Zeros = Allocate(store, line);
        new Span<float>(Zeros, line).Clear();
    }

    /// <summary>Kernel, stride, padding, channels.</summary>
    public ConvolutionGeometry Geometry { get; }

    /// <summary>The algorithm that the weights are packed for.</summary>
    public ConvolutionPath Path { get; }

    /// <summary>Groups whose panels follow each other. The channels of a depthwise convolution are columns of one group.</summary>
    public int Groups => Path == ConvolutionPath.Depthwise ? 1 : Geometry.Groups;

    /// <summary>Input channels that an output reads.</summary>
    public int Inputs => Geometry.InputChannels / Geometry.Groups;

    /// <summary>Outputs of a group.</summary>
    public int Outputs => Geometry.OutputChannels / Groups;

    /// <summary>How the columns of a group are cut into panels.</summary>
    public PanelLayout Layout { get; }

    /// <summary>The convolutions that together make up this one, in native memory.</summary>
    public PackedVariant* Variants { get; private set; }

    /// <summary>How many there are.</summary>
    public int VariantCount { get; private set; }

    /// <summary>[group][<see cref="PanelLayout.PaddedColumns"/>], zero beyond the outputs.</summary>
    public float* Bias { get; }

    /// <summary>As many zeros as a line of taps has weights in a group: what positions outside the input hold.</summary>
    public float* Zeros { get; }

    /// <summary>Packs weights into memory of a store.</summary>
    /// <param name="threads">The most threads that take part.</param>
    /// <param name="store">Owns the packed weights.</param>
    /// <param name="weight">[outputs, inputs / groups, kernel depth, kernel height, kernel width].</param>
    /// <param name="bias">[outputs] or empty.</param>
    /// <param name="geometry">Kernel, stride, padding, channels.</param>
    /// <param name="path">The algorithm that the weights are packed for.</param>
    /// <param name="vectorWidth">Lanes of the machine's vectors.</param>
    public static PackedWeights Pack(
        int threads,
        ParameterStore store,
        ParameterValues weight,
        ReadOnlySpan<float> bias,
        ConvolutionGeometry geometry,
        ConvolutionPath path,
        int vectorWidth)
    {
        int columns = path switch
        {
            ConvolutionPath.Depthwise => geometry.OutputChannels,
            ConvolutionPath.LineFolded => geometry.OutputChannels * geometry.Kernel.Width,
            _ => geometry.OutputChannels / geometry.Groups,
        };
        var layout = new PanelLayout(columns, vectorWidth);
        var packed = new PackedWeights(store, geometry, path, layout, bias);
        ConvolutionVariant[] variants = path == ConvolutionPath.LineFolded ? FoldedLines(geometry) : ConvolutionVariant.Decompose(geometry);
        packed.VariantCount = variants.Length;
        packed.Variants = (PackedVariant*)Allocate(store, packed.VariantCount * sizeof(PackedVariant) / sizeof(float));
        for (int variant = 0; variant < packed.VariantCount; variant++)
        {
            packed.Variants[variant] = packed.AllocateVariant(store, variants[variant]);
        }

        var packer = new PanelPacker(weight, packed, variants);
        ParallelLoop.For(packer.BlockCount, threads, packer.Pack);
        return packed;
    }

    private static float* Allocate(ParameterStore store, long count) => ((CpuMemory)store.Allocate(count * sizeof(float))).Pointer;

    /// <summary>The variant whose taps are lines of the kernel: the first element of a line represents all of it.</summary>
    private static ConvolutionVariant[] FoldedLines(ConvolutionGeometry geometry)
    {
        var line = new AxisPhase(0, 1, 0, new int[geometry.Kernel.Width]);
        List<AxisPhase> phasesY =
            AxisPhase.Decompose(geometry.Kernel.Height, geometry.Stride.Height, geometry.Padding.Height, geometry.Upsample);
        return [.. phasesY.Select(phaseY => new ConvolutionVariant(geometry, phaseY, line, lineElements: 1))];
    }

    private PackedVariant AllocateVariant(ParameterStore store, ConvolutionVariant variant) => new()
    {
        Panels = Allocate(store, (long)Groups * variant.TapCount * Inputs * Layout.PaddedColumns),
        Taps = variant.Taps,
        Origin = variant.Origin,
        Step = variant.Step,
        PeriodY = variant.Period.Height,
        PeriodX = variant.Period.Width,
        FirstPhaseY = variant.PhaseY.FirstPhase,
        PhaseCountY = variant.PhaseY.PhaseCount,
        FirstPhaseX = variant.PhaseX.FirstPhase,
        PhaseCountX = variant.PhaseX.PhaseCount,
    };
}
