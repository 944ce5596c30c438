using System.Numerics;

namespace Moda.Kernels.Tests.Reference;

internal sealed record AddReference(Activation Activation) : IReferenceOp
{
    public ReferenceTensor<T> Compute<T>(ReferenceTensor<T>[] inputs, Shape output)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        Broadcast.Compute(inputs[0], inputs[1], (left, right) => SpecialFunctions.Apply(Activation, left + right));
}

internal sealed record AddScaledReference : IReferenceOp
{
    public ReferenceTensor<T> Compute<T>(ReferenceTensor<T>[] inputs, Shape output)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var result = new ReferenceTensor<T>(output);
        for (int row = 0; row < result.Rows; row++)
        {
            for (int c = 0; c < result.Channels; c++)
            {
                result[row, c] = inputs[0][row, c] + inputs[2].Values[row % inputs[2].Channels] * inputs[1][row, c];
            }
        }

        return result;
    }
}

internal sealed record MultiplyReference(Activation Activation) : IReferenceOp
{
    public ReferenceTensor<T> Compute<T>(ReferenceTensor<T>[] inputs, Shape output)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        Broadcast.Compute(inputs[0], inputs[1], (left, right) => SpecialFunctions.Apply(Activation, left * right));
}

internal sealed record ActivateReference(Activation Activation) : IReferenceOp
{
    public ReferenceTensor<T> Compute<T>(ReferenceTensor<T>[] inputs, Shape output)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        new(output, Array.ConvertAll(inputs[0].Values, value => SpecialFunctions.Apply(Activation, value)));
}

internal sealed record CopyReference : IReferenceOp
{
    public ReferenceTensor<T> Compute<T>(ReferenceTensor<T>[] inputs, Shape output)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        Broadcast.Compute(new ReferenceTensor<T>(output), inputs[0], (_, value) => value);
}

internal sealed record ScaleShiftReference(Activation Activation) : IReferenceOp
{
    public ReferenceTensor<T> Compute<T>(ReferenceTensor<T>[] inputs, Shape output)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var result = new ReferenceTensor<T>(output);
        for (int row = 0; row < result.Rows; row++)
        {
            for (int c = 0; c < result.Channels; c++)
            {
                result[row, c] = SpecialFunctions.Apply(Activation, inputs[0][row, c] * inputs[1][0, c] + inputs[2][0, c]);
            }
        }

        return result;
    }
}

internal static class Broadcast
{
    public static ReferenceTensor<T> Compute<T>(ReferenceTensor<T> left, ReferenceTensor<T> right, Func<T, T, T> function)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var result = new ReferenceTensor<T>(left.Shape);
        bool perRow = right.Channels == 1 && left.Channels > 1;
        for (long i = 0; i < result.Values.LongLength; i++)
        {
            T other = perRow ? right.Values[i / left.Channels] : right.Values[i % right.Values.LongLength];
            result.Values[i] = function(left.Values[i], other);
        }

        return result;
    }
}
