using System.Numerics;

namespace Moda.Kernels.Tests.Reference;

/// <summary>An op on parts of its tokens, one after the other, each part with operands of its own.</summary>
/// <param name="Parts">The tokens of each part, and the op on them.</param>
/// <param name="Tokens">How many of the inputs are tokens, of which a part sees its own.</param>
/// <param name="Operands">The further inputs of each part.</param>
internal sealed record PartsReference((int Length, IReferenceOp Op)[] Parts, int Tokens, int[][] Operands) : IReferenceOp
{
    public ReferenceTensor<T> Compute<T>(ReferenceTensor<T>[] inputs, Shape output)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        List<T> values = [];
        int start = 0;
        for (int part = 0; part < Parts.Length; part++)
        {
            (int length, IReferenceOp op) = Parts[part];
            int first = start;
            ReferenceTensor<T>[] own =
            [
                .. inputs.Take(Tokens).Select(tokens => Slice(tokens, first, length)),
                .. Operands[part].Select(operand => inputs[operand]),
            ];
            values.AddRange(op.Compute(own, output.With(0, length)).Values);
            start += length;
        }

        return new ReferenceTensor<T>(output, [.. values]);
    }

    private static ReferenceTensor<T> Slice<T>(ReferenceTensor<T> tokens, int start, int length)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int size = tokens.Values.Length / tokens.Shape[0];
        return new ReferenceTensor<T>(tokens.Shape.With(0, length), tokens.Values[(start * size)..((start + length) * size)]);
    }
}
