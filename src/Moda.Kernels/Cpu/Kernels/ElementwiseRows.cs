namespace Moda.Kernels.Cpu.Kernels;

/// <summary>
/// How elementwise ops walk their tensors: position by position, or in long runs where no tensor has gaps,
/// so that narrow tensors don't pay for each position.
/// </summary>
/// <param name="Rows">Rows to walk.</param>
/// <param name="Length">Elements of each row.</param>
/// <param name="LastLength">Elements of the last row.</param>
internal readonly record struct ElementwiseRows(int Rows, int Length, int LastLength)
{
    private const int RunLength = 4096;

    /// <summary>Chooses the walk.</summary>
    /// <param name="tensor">The output.</param>
    /// <param name="flat">Whether all tensors have its shape and no gaps.</param>
    public static ElementwiseRows Of(Tensor tensor, bool flat)
    {
        long elements = tensor.Shape.ElementCount;
        if (!flat || elements <= RunLength)
        {
            return flat
                ? new ElementwiseRows(1, (int)elements, (int)elements)
                : new ElementwiseRows(tensor.Rows, tensor.Channels, tensor.Channels);
        }

        int runs = checked((int)((elements + RunLength - 1) / RunLength));
        return new ElementwiseRows(runs, RunLength, (int)(elements - (runs - 1L) * RunLength));
    }

    /// <summary>Elements between rows of a tensor that is walked this way.</summary>
    public int StrideOf(Tensor tensor, bool flat) => flat ? Length : tensor.RowStride;

    /// <summary>Elements of a row.</summary>
    public int LengthOf(int row) => row == Rows - 1 ? LastLength : Length;
}
