using System.Buffers;
using Moda.Kernels.Convolution;
using Moda.Kernels.Parameters;

namespace Moda.Kernels.Cpu.Matrix;

/// <summary>
/// Packs weights from the order of a checkpoint into panels, block by block. A block is a few panels of a group: its weights are read once
/// and packed for all variants while they are in the cache. Blocks are independent of each other.
/// </summary>
internal sealed unsafe class PanelPacker
{
    /// <summary>Inputs of a cache line: what is read of a row before the next row's turn.</summary>
    private const int LineInputs = 16;

    private readonly ParameterValues weight;
    private readonly PackedWeights packed;
    private readonly ConvolutionVariant[] variants;
    private readonly PanelLayout layout;
    private readonly int outputs;
    private readonly int inputs;
    private readonly int elements;
    private readonly int panelsOfBlock;
    private readonly int blocksOfGroup;

    /// <summary>Plans the blocks.</summary>
    /// <param name="weight">[outputs, inputs, kernel elements] of all groups.</param>
    /// <param name="packed">Where the panels are; allocated, not filled.</param>
    /// <param name="variants">The variant whose weights each packed variant receives.</param>
    public PanelPacker(ParameterValues weight, PackedWeights packed, ConvolutionVariant[] variants)
    {
        this.weight = weight;
        this.packed = packed;
        this.variants = variants;
        layout = packed.Layout;
        outputs = packed.Outputs;
        inputs = packed.Inputs;
        elements = variants[0].KernelElements;

        // A panel of folded lines has columns of several outputs, so all panels are packed together.
        long valuesOfPanel = (long)layout.Width(0) * inputs * elements;
        panelsOfBlock = FoldsLines ? layout.PanelCount : (int)Math.Clamp(ParameterValues.RangeLength / valuesOfPanel, 1, layout.PanelCount);
        blocksOfGroup = (layout.PanelCount + panelsOfBlock - 1) / panelsOfBlock;
    }

    /// <summary>How many blocks there are.</summary>
    public int BlockCount => packed.Groups * blocksOfGroup;

    private bool FoldsLines => packed.Path == ConvolutionPath.LineFolded;

    /// <summary>Packs a block.</summary>
    public void Pack(int index)
    {
        (int group, int block) = Math.DivRem(index, blocksOfGroup);
        int firstPanel = block * panelsOfBlock;
        int endPanel = Math.Min(firstPanel + panelsOfBlock, layout.PanelCount);
        int firstOutput = FoldsLines ? 0 : layout.FirstColumn(firstPanel);
        int endOutput = FoldsLines ? outputs : layout.FirstColumn(endPanel - 1) + layout.ValidColumns(endPanel - 1);
        int count = (endOutput - firstOutput) * inputs * elements;
        float[] rows = ArrayPool<float>.Shared.Rent(count);
        try
        {
            weight.ReadRange((group * outputs + firstOutput) * inputs * elements, rows.AsSpan(0, count));
            fixed (float* source = rows)
            {
                for (int panel = firstPanel; panel < endPanel; panel++)
                {
                    PackPanel(group, panel, source, firstOutput);
                }
            }
        }
        finally
        {
            ArrayPool<float>.Shared.Return(rows);
        }
    }

    private void PackPanel(int group, int panel, float* rows, int firstOutput)
    {
        int firstColumn = layout.FirstColumn(panel);
        int width = layout.Width(panel);
        int valid = layout.ValidColumns(panel);
        float** columns = stackalloc float*[width];
        for (int column = 0; column < valid; column++)
        {
            // Column (tap along the width) x outputs + output; only one tap where lines are not folded.
            (int lineTap, int output) = Math.DivRem(firstColumn + column, outputs);
            columns[column] = rows + (long)(output - firstOutput) * inputs * elements + lineTap;
        }

        for (int variant = 0; variant < variants.Length; variant++)
        {
            int taps = variants[variant].TapCount;
            float* destination = packed.Variants[variant].Panels + (long)taps * inputs * ((long)group * layout.PaddedColumns + firstColumn);
            for (int tap = 0; tap < taps; tap++, destination += (long)inputs * width)
            {
                PackTap(ElementsOf(variants[variant], tap), columns, valid, width, destination);
            }
        }
    }

    /// <summary>Packs [column][input] of a tap as [input][column].</summary>
    private void PackTap(ReadOnlySpan<int> tapElements, float** columns, int valid, int width, float* destination)
    {
        for (int first = 0; first < inputs; first += LineInputs)
        {
            int end = Math.Min(first + LineInputs, inputs);
            for (int column = 0; column < valid; column++)
            {
                float* source = columns[column] + (long)first * elements;
                float* place = destination + (long)first * width + column;
                if (tapElements.Length == 1)
                {
                    source += tapElements[0];
                    for (int input = first; input < end; input++, source += elements, place += width)
                    {
                        *place = *source;
                    }
                }
                else
                {
                    for (int input = first; input < end; input++, source += elements, place += width)
                    {
                        *place = Merge(source, tapElements);
                    }
                }
            }
        }

        for (int input = 0; valid < width && input < inputs; input++)
        {
            new Span<float>(destination + (long)input * width + valid, width - valid).Clear();
        }
    }

    private static ReadOnlySpan<int> ElementsOf(ConvolutionVariant variant, int tap) =>
        variant.Elements[variant.FirstElement[tap]..variant.FirstElement[tap + 1]];

    /// <summary>Adds weights that fall on one tap, in double precision: the sum is rounded once, like the weights themselves.</summary>
    private static float Merge(float* source, ReadOnlySpan<int> tapElements)
    {
        double sum = 0;
        foreach (int element in tapElements)
        {
            sum += source[element];
        }

        return (float)sum;
    }
}
