namespace Moda.Kernels.Cpu.Matrix;

/// <summary>Brings weights from the order of a checkpoint into panels; an index packs one panel of one group.</summary>
internal unsafe struct PanelPacker : IParallelKernel
{
    /// <summary>[outputs, inputs, kernel elements] of all groups.</summary>
    public required float* Source { get; init; }

    /// <summary>Kernel elements.</summary>
    public required int Elements { get; init; }

    /// <summary>Input channels of a group.</summary>
    public required int Inputs { get; init; }

    /// <summary>Output channels of a group.</summary>
    public required int Outputs { get; init; }

    /// <summary>Columns of a group: the outputs, or the outputs once for each tap along the width.</summary>
    public required PanelLayout Layout { get; init; }

    /// <summary>Taps that have rows of their own.</summary>
    public required int Taps { get; init; }

    /// <summary>Kernel elements, those of the first tap first.</summary>
    public required int* ElementsByTap { get; init; }

    /// <summary>Where each tap's elements begin in <see cref="ElementsByTap"/>; one more than taps.</summary>
    public required int* FirstElement { get; init; }

    /// <summary>[group][panel][tap][input][column].</summary>
    public required float* Panels { get; init; }

    public readonly void Invoke(int index)
    {
        int group = index / Layout.PanelCount;
        int panel = index % Layout.PanelCount;
        int firstColumn = Layout.FirstColumn(panel);
        int width = Layout.Width(panel);
        int valid = Layout.ValidColumns(panel);
        long outputStride = (long)Inputs * Elements;
        float** columns = stackalloc float*[width];
        for (int column = 0; column < valid; column++)
        {
            // Column (tap along the width) x outputs + output; only one tap where lines are not folded.
            int lineTap = (firstColumn + column) / Outputs;
            int output = group * Outputs + (firstColumn + column) % Outputs;
            columns[column] = Source + output * outputStride + lineTap;
        }

        float* destination = Panels + (long)Taps * Inputs * ((long)group * Layout.PaddedColumns + firstColumn);
        for (int tap = 0; tap < Taps; tap++)
        {
            for (int input = 0; input < Inputs; input++, destination += width)
            {
                int first = FirstElement[tap];
                int count = FirstElement[tap + 1] - first;
                for (int column = 0; column < valid; column++)
                {
                    float* source = columns[column] + (long)input * Elements;
                    destination[column] = count == 1 ? source[ElementsByTap[first]] : Merge(source, first, count);
                }

                new Span<float>(destination + valid, width - valid).Clear();
            }
        }
    }

    /// <summary>Adds weights that fall on one tap, in double precision: the sum is rounded once, like the weights themselves.</summary>
    private readonly float Merge(float* source, int first, int count)
    {
        double sum = 0;
        for (int i = first; i < first + count; i++)
        {
            sum += source[ElementsByTap[i]];
        }

        return (float)sum;
    }
}
