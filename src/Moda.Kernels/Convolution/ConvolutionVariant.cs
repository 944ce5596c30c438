namespace Moda.Kernels.Convolution;

/// <summary>
/// A convolution of an upsampled input is split into several of the input as it is: one variant for each pair of phases along height
/// and width (<see cref="AxisPhase"/>). The taps of a variant fill a box of input positions, which <see cref="Taps"/>,
/// <see cref="Origin"/> and <see cref="Step"/> describe. A convolution without upsampling has one variant.
/// </summary>
/// <remarks>
/// Its output (q_z, q_y, q_x) reads input positions <c>step q + origin + tap</c> and is written, for all phases of <see cref="PhaseY"/>
/// and <see cref="PhaseX"/>, to output position <c>(q_z, period_y q_y + phase_y, period_x q_x + phase_x)</c>.
/// </remarks>
internal sealed class ConvolutionVariant
{
    private readonly Extent3 kernel;
    private readonly int[] elements;
    private readonly int[] firstElement;

    /// <summary>Combines two phases.</summary>
    /// <param name="geometry">The convolution.</param>
    /// <param name="phaseY">Along the height.</param>
    /// <param name="phaseX">Along the width.</param>
    /// <param name="lineElements">
    /// Kernel elements along the width that get taps: all of them, or one where a tap stands for the whole line.
    /// </param>
    public ConvolutionVariant(ConvolutionGeometry geometry, AxisPhase phaseY, AxisPhase phaseX, int lineElements)
    {
        kernel = geometry.Kernel;
        PhaseY = phaseY;
        PhaseX = phaseX;
        Taps = new Extent3(kernel.Depth, phaseY.Extent, phaseX.Extent);
        Origin = new Extent3(-geometry.Padding.Depth, phaseY.Origin, phaseX.Origin);
        Step = new Extent3(
            geometry.Stride.Depth,
            AxisPhase.Step(geometry.Stride.Height, geometry.Upsample),
            AxisPhase.Step(geometry.Stride.Width, geometry.Upsample));
        Period = new Extent3(
            1,
            AxisPhase.Period(geometry.Stride.Height, geometry.Upsample),
            AxisPhase.Period(geometry.Stride.Width, geometry.Upsample));
        (elements, firstElement) = ElementsByTap(lineElements);
    }

    /// <summary>The outputs along the height that it computes.</summary>
    public AxisPhase PhaseY { get; }

    /// <summary>The outputs along the width that it computes.</summary>
    public AxisPhase PhaseX { get; }

    /// <summary>Taps along each axis.</summary>
    public Extent3 Taps { get; }

    /// <summary>The input position of the first tap of the first output.</summary>
    public Extent3 Origin { get; }

    /// <summary>Input positions from one output of this variant to its next.</summary>
    public Extent3 Step { get; }

    /// <summary>Outputs from one output of this variant to its next.</summary>
    public Extent3 Period { get; }

    /// <summary>Elements of the kernel.</summary>
    public int KernelElements => kernel.Depth * kernel.Height * kernel.Width;

    /// <summary>Taps over all axes.</summary>
    public int TapCount => Taps.Depth * Taps.Height * Taps.Width;

    /// <summary>Positions in the kernel, grouped by tap; taps run along depth, height and width, the width fastest.</summary>
    public ReadOnlySpan<int> Elements => elements;

    /// <summary>The index in <see cref="Elements"/> at which each tap's positions begin; one entry more than there are taps.</summary>
    public ReadOnlySpan<int> FirstElement => firstElement;

    /// <summary>Finds the variants of a convolution, phases along the width fastest.</summary>
    public static ConvolutionVariant[] Decompose(ConvolutionGeometry geometry)
    {
        List<AxisPhase> phasesY =
            AxisPhase.Decompose(geometry.Kernel.Height, geometry.Stride.Height, geometry.Padding.Height, geometry.Upsample);
        List<AxisPhase> phasesX =
            AxisPhase.Decompose(geometry.Kernel.Width, geometry.Stride.Width, geometry.Padding.Width, geometry.Upsample);
        return
        [
            .. from phaseY in phasesY
               from phaseX in phasesX
               select new ConvolutionVariant(geometry, phaseY, phaseX, geometry.Kernel.Width),
        ];
    }

    /// <summary>Adds the weights of each tap.</summary>
    /// <param name="weight">[filters, kernel elements].</param>
    /// <param name="firstTap">The tap of the first filter at which to begin.</param>
    /// <param name="merged">Receives the sums of that tap and the taps after it, of this filter and the next ones.</param>
    public void Merge(ReadOnlySpan<float> weight, int firstTap, Span<float> merged)
    {
        int tap = firstTap;
        for (int destination = 0; destination < merged.Length; destination++)
        {
            float sum = weight[elements[firstElement[tap]]];
            for (int index = firstElement[tap] + 1; index < firstElement[tap + 1]; index++)
            {
                sum += weight[elements[index]];
            }

            merged[destination] = sum;
            if (++tap == TapCount)
            {
                tap = 0;
                weight = weight[KernelElements..];
            }
        }
    }

    private (int[] Elements, int[] First) ElementsByTap(int lineElements)
    {
        var found = new List<int>();
        var first = new int[TapCount + 1];
        for (int tap = 0; tap < TapCount; tap++)
        {
            int z = tap / (Taps.Height * Taps.Width);
            for (int y = 0; y < kernel.Height; y++)
            {
                for (int x = 0; x < lineElements; x++)
                {
                    if ((z * Taps.Height + PhaseY.Taps[y]) * Taps.Width + PhaseX.Taps[x] == tap)
                    {
                        found.Add((z * kernel.Height + y) * kernel.Width + x);
                    }
                }
            }

            first[tap + 1] = found.Count;
        }

        return ([.. found], first);
    }
}
