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

    /// <summary>How the convolution is carried out.</summary>
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
    /// <param name="threads">Carry out the packing.</param>
    /// <param name="store">Owns the packed weights.</param>
    /// <param name="weight">[outputs, inputs / groups, kernel depth, kernel height, kernel width].</param>
    /// <param name="bias">[outputs] or empty.</param>
    /// <param name="geometry">Kernel, stride, padding, channels.</param>
    /// <param name="path">How the convolution will be carried out.</param>
    /// <param name="vectorWidth">Lanes of the machine's vectors.</param>
    public static PackedWeights Pack(
        CpuThreadPool threads,
        ParameterStore store,
        ReadOnlySpan<float> weight,
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
        Extent3 kernel = geometry.Kernel;
        List<AxisPhase> phasesY = AxisPhase.Decompose(kernel.Height, geometry.Stride.Height, geometry.Padding.Height, geometry.Upsample);
        List<AxisPhase> phasesX = path == ConvolutionPath.LineFolded
            ? [new AxisPhase(0, 1, 0, new int[kernel.Width])]
            : AxisPhase.Decompose(kernel.Width, geometry.Stride.Width, geometry.Padding.Width, geometry.Upsample);
        packed.VariantCount = phasesY.Count * phasesX.Count;
        packed.Variants = (PackedVariant*)Allocate(store, packed.VariantCount * sizeof(PackedVariant) / sizeof(float));
        fixed (float* source = weight)
        {
            for (int variant = 0; variant < packed.VariantCount; variant++)
            {
                packed.Variants[variant] = packed.PackVariant(threads, store, source, phasesY[variant / phasesX.Count], phasesX[variant % phasesX.Count]);
            }
        }

        return packed;
    }

    private static float* Allocate(ParameterStore store, long count) => ((CpuMemory)store.Allocate(count * sizeof(float))).Pointer;

    private PackedVariant PackVariant(CpuThreadPool threads, ParameterStore store, float* source, AxisPhase phaseY, AxisPhase phaseX)
    {
        Extent3 kernel = Geometry.Kernel;
        var taps = new Extent3(kernel.Depth, phaseY.Extent, phaseX.Extent);
        int tapCount = taps.Depth * taps.Height * taps.Width;
        float* panels = Allocate(store, (long)Groups * tapCount * Inputs * Layout.PaddedColumns);
        (int[] elements, int[] firstElement) = ElementsByTap(phaseY, phaseX, tapCount);
        fixed (int* elementsByTap = elements, first = firstElement)
        {
            threads.For(Groups * Layout.PanelCount, new PanelPacker
            {
                Source = source,
                Elements = kernel.Depth * kernel.Height * kernel.Width,
                Inputs = Inputs,
                Outputs = Outputs,
                Layout = Layout,
                Taps = tapCount,
                ElementsByTap = elementsByTap,
                FirstElement = first,
                Panels = panels,
            });
        }

        return new PackedVariant
        {
            Panels = panels,
            Taps = taps,
            Origin = new Extent3(-Geometry.Padding.Depth, phaseY.Origin, phaseX.Origin),
            Step = new Extent3(
                Geometry.Stride.Depth,
                AxisPhase.Step(Geometry.Stride.Height, Geometry.Upsample),
                AxisPhase.Step(Geometry.Stride.Width, Geometry.Upsample)),
            PeriodY = AxisPhase.Period(Geometry.Stride.Height, Geometry.Upsample),
            PeriodX = AxisPhase.Period(Geometry.Stride.Width, Geometry.Upsample),
            FirstPhaseY = phaseY.FirstPhase,
            PhaseCountY = phaseY.PhaseCount,
            FirstPhaseX = phaseX.FirstPhase,
            PhaseCountX = phaseX.PhaseCount,
        };
    }

    /// <summary>The kernel elements of each tap. Where lines are folded, a tap stands for a line and its first element for all.</summary>
    private (int[] Elements, int[] First) ElementsByTap(AxisPhase phaseY, AxisPhase phaseX, int tapCount)
    {
        Extent3 kernel = Geometry.Kernel;
        int lineElements = Path == ConvolutionPath.LineFolded ? 1 : kernel.Width;
        var elements = new List<int>();
        var first = new int[tapCount + 1];
        for (int tap = 0; tap < tapCount; tap++)
        {
            for (int y = 0; y < kernel.Height; y++)
            {
                for (int x = 0; x < lineElements; x++)
                {
                    int z = tap / (phaseY.Extent * phaseX.Extent);
                    if ((z * phaseY.Extent + phaseY.Taps[y]) * phaseX.Extent + phaseX.Taps[x] == tap)
                    {
                        elements.Add((z * kernel.Height + y) * kernel.Width + x);
                    }
                }
            }

            first[tap + 1] = elements.Count;
        }

        return ([.. elements], first);
    }
}
