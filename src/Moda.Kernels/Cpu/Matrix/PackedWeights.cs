namespace Moda.Kernels.Cpu.Matrix;

/// <summary>
/// Weights of a linear layer or a convolution in the order in which the micro-kernel reads them: panels of columns, each a contiguous
/// run over taps and input channels.
/// </summary>
internal sealed unsafe class PackedWeights
{
    private PackedWeights(ConvolutionGeometry geometry, PanelLayout layout)
    {
        Geometry = geometry;
        Layout = layout;
    }

    /// <summary>Kernel, stride, padding, channels.</summary>
    public ConvolutionGeometry Geometry { get; }

    /// <summary>How a group's output channels are cut into panels.</summary>
    public PanelLayout Layout { get; }

    /// <summary>The convolutions that together make up this one, in native memory.</summary>
    public PackedVariant* Variants { get; private set; }

    /// <summary>How many there are.</summary>
    public int VariantCount { get; private set; }

    /// <summary>[group][<see cref="PanelLayout.PaddedColumns"/>].</summary>
    public float* Bias { get; private set; }

    /// <summary>As many zeros as a line of taps has weights in a group: what positions outside the input hold.</summary>
    public float* Zeros { get; private set; }

    /// <summary>Packs weights into memory of a store.</summary>
    /// <param name="store">Owns the packed weights.</param>
    /// <param name="weight">[outputs, inputs / groups, kernel depth, kernel height, kernel width].</param>
    /// <param name="bias">[outputs] or empty.</param>
    /// <param name="geometry">Kernel, stride, padding, channels.</param>
    /// <param name="vectorWidth">Lanes of the machine's vectors.</param>
    public static PackedWeights Pack(
        ParameterStore store, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, ConvolutionGeometry geometry, int vectorWidth)
    {
        var packed = new PackedWeights(geometry, new PanelLayout(geometry.OutputChannels / geometry.Groups, vectorWidth));
        List<AxisPhase> phasesY = AxisPhase.Decompose(geometry.Kernel.Height, geometry.Stride.Height, geometry.Padding.Height, geometry.Upsample);
        List<AxisPhase> phasesX = AxisPhase.Decompose(geometry.Kernel.Width, geometry.Stride.Width, geometry.Padding.Width, geometry.Upsample);
        packed.VariantCount = phasesY.Count * phasesX.Count;
        packed.Variants = (PackedVariant*)Allocate(store, (long)packed.VariantCount * sizeof(PackedVariant));
        packed.PackBias(store, bias);
        long line = (long)geometry.Kernel.Width * geometry.InputChannels / geometry.Groups;
        packed.Zeros = Allocate(store, line * sizeof(float));
        NativeSpan.Clear(packed.Zeros, line);
        PackedVariant* variant = packed.Variants;
        foreach (AxisPhase phaseY in phasesY)
        {
            foreach (AxisPhase phaseX in phasesX)
            {
                *variant = packed.PackVariant(store, weight, phaseY, phaseX);
                variant++;
            }
        }

        return packed;
    }

    private static float* Allocate(ParameterStore store, long byteLength) => ((CpuMemory)store.Allocate(byteLength)).Pointer;

    private void PackBias(ParameterStore store, ReadOnlySpan<float> bias)
    {
        int count = Geometry.Groups * Layout.PaddedColumns;
        Bias = Allocate(store, count * sizeof(float));
        new Span<float>(Bias, count).Clear();
        if (!bias.IsEmpty)
        {
            for (int group = 0; group < Geometry.Groups; group++)
            {
                bias.Slice(group * Layout.Columns, Layout.Columns).CopyTo(new Span<float>(Bias + group * Layout.PaddedColumns, Layout.Columns));
            }
        }
    }

    private PackedVariant PackVariant(ParameterStore store, ReadOnlySpan<float> weight, AxisPhase phaseY, AxisPhase phaseX)
    {
        Extent3 kernel = Geometry.Kernel;
        int inputs = Geometry.InputChannels / Geometry.Groups;
        var taps = new Extent3(kernel.Depth, phaseY.Extent, phaseX.Extent);
        int tapCount = taps.Depth * taps.Height * taps.Width;
        int kernelCount = kernel.Depth * kernel.Height * kernel.Width;
        long groupLength = (long)tapCount * inputs * Layout.PaddedColumns;
        float* panels = Allocate(store, Geometry.Groups * groupLength * sizeof(float));
        NativeSpan.Clear(panels, Geometry.Groups * groupLength);

        var tapOf = new int[kernelCount];
        for (int element = 0; element < kernelCount; element++)
        {
            int x = element % kernel.Width;
            int y = element / kernel.Width % kernel.Height;
            int z = element / kernel.Width / kernel.Height;
            tapOf[element] = (z * taps.Height + phaseY.Taps[y]) * taps.Width + phaseX.Taps[x];
        }

        // Merged weights are added in double precision: the sum is rounded once, like the weights themselves.
        var merged = new double[tapCount];
        for (int output = 0; output < Geometry.OutputChannels; output++)
        {
            int group = output / Layout.Columns;
            int column = output % Layout.Columns;
            int panel = Layout.PanelOf(column);
            int width = Layout.Width(panel);
            float* destination = panels + group * groupLength
                + (long)Layout.FirstColumn(panel) * tapCount * inputs
                + (column - Layout.FirstColumn(panel));
            ReadOnlySpan<float> source = weight.Slice(output * inputs * kernelCount, inputs * kernelCount);
            for (int input = 0; input < inputs; input++)
            {
                merged.AsSpan().Clear();
                for (int element = 0; element < kernelCount; element++)
                {
                    merged[tapOf[element]] += source[input * kernelCount + element];
                }

                for (int tap = 0; tap < tapCount; tap++)
                {
                    destination[((long)tap * inputs + input) * width] = (float)merged[tap];
                }
            }
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
}
