using System.Runtime.CompilerServices;
using Moda.Kernels.Cpu.Vector;

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

/// <summary>A function of two elements.</summary>
internal interface IBinaryFunction
{
    /// <summary>Applies the function to each pair of lanes.</summary>
    static abstract TVector Invoke<TVector>(TVector left, TVector right)
        where TVector : unmanaged, IFloatVector<TVector>;
}

/// <summary>left + right.</summary>
internal readonly struct AddFunction : IBinaryFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Invoke<TVector>(TVector left, TVector right)
        where TVector : unmanaged, IFloatVector<TVector> => left + right;
}

/// <summary>left right.</summary>
internal readonly struct MultiplyFunction : IBinaryFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Invoke<TVector>(TVector left, TVector right)
        where TVector : unmanaged, IFloatVector<TVector> => left * right;
}

/// <summary><see cref="Device.Add"/> and <see cref="Device.Multiply"/> of a range of rows.</summary>
internal unsafe struct BinaryKernel<TFunction> : IActivatedKernel
    where TFunction : unmanaged, IBinaryFunction
{
    public required ElementwiseRows Rows;
    public required float* Left;
    public required int LeftStride;
    public required float* Right;
    public required int RightStride;

    /// <summary>The rows of the second tensor, which are used over and over.</summary>
    public required int RightRows;

    /// <summary>Whether the second tensor has one channel for all of the first's.</summary>
    public required bool RightIsPerRow;
    public required float* Output;
    public required int OutputStride;

    public readonly void Invoke<TVector, TActivation>(int start, int end, TActivation activation)
        where TVector : unmanaged, IFloatVector<TVector>
        where TActivation : unmanaged, IActivationFunction
    {
        for (int row = start; row < end; row++)
        {
            float* left = Left + (long)row * LeftStride;
            float* right = Right + (long)(row % RightRows) * RightStride;
            float* output = Output + (long)row * OutputStride;
            int length = Rows.LengthOf(row);
            if (RightIsPerRow)
            {
                TVector factor = TVector.Broadcast(*right);
                int i = 0;
                for (; i <= length - TVector.Count; i += TVector.Count)
                {
                    TVector.Store(activation.Invoke(TFunction.Invoke(TVector.Load(left + i), factor)), output + i);
                }

                if (i < length)
                {
                    TVector.StorePartial(
                        activation.Invoke(TFunction.Invoke(TVector.LoadPartial(left + i, length - i), factor)), output + i, length - i);
                }
            }
            else
            {
                int i = 0;
                for (; i <= length - TVector.Count; i += TVector.Count)
                {
                    TVector.Store(activation.Invoke(TFunction.Invoke(TVector.Load(left + i), TVector.Load(right + i))), output + i);
                }

                if (i < length)
                {
                    TVector sum = TFunction.Invoke(TVector.LoadPartial(left + i, length - i), TVector.LoadPartial(right + i, length - i));
                    TVector.StorePartial(activation.Invoke(sum), output + i, length - i);
                }
            }
        }
    }
}

/// <summary><see cref="Device.Activate"/> of a range of rows.</summary>
internal unsafe struct ActivateKernel : IActivatedKernel
{
    public required ElementwiseRows Rows;
    public required float* Input;
    public required int InputStride;
    public required float* Output;
    public required int OutputStride;

    public readonly void Invoke<TVector, TActivation>(int start, int end, TActivation activation)
        where TVector : unmanaged, IFloatVector<TVector>
        where TActivation : unmanaged, IActivationFunction
    {
        for (int row = start; row < end; row++)
        {
            ActivateRow.Invoke<TVector, TActivation>(
                Input + (long)row * InputStride, Output + (long)row * OutputStride, Rows.LengthOf(row), activation);
        }
    }
}

/// <summary>An activation over consecutive elements.</summary>
internal static unsafe class ActivateRow
{
    public static void Invoke<TVector, TActivation>(float* input, float* output, int length, TActivation activation)
        where TVector : unmanaged, IFloatVector<TVector>
        where TActivation : unmanaged, IActivationFunction
    {
        int i = 0;
        for (; i <= length - TVector.Count; i += TVector.Count)
        {
            TVector.Store(activation.Invoke(TVector.Load(input + i)), output + i);
        }

        if (i < length)
        {
            TVector.StorePartial(activation.Invoke(TVector.LoadPartial(input + i, length - i)), output + i, length - i);
        }
    }
}

/// <summary><see cref="Device.ScaleShift"/> of a range of positions.</summary>
internal unsafe struct ScaleShiftKernel : IActivatedKernel
{
    public required float* Input;
    public required int InputStride;
    public required float* Scale;
    public required float* Shift;
    public required float* Output;
    public required int OutputStride;
    public required int Channels;

    public readonly void Invoke<TVector, TActivation>(int start, int end, TActivation activation)
        where TVector : unmanaged, IFloatVector<TVector>
        where TActivation : unmanaged, IActivationFunction
    {
        for (int row = start; row < end; row++)
        {
            float* input = Input + (long)row * InputStride;
            float* output = Output + (long)row * OutputStride;
            int c = 0;
            for (; c <= Channels - TVector.Count; c += TVector.Count)
            {
                TVector y = TVector.MultiplyAdd(TVector.Load(input + c), TVector.Load(Scale + c), TVector.Load(Shift + c));
                TVector.Store(activation.Invoke(y), output + c);
            }

            int rest = Channels - c;
            if (rest > 0)
            {
                TVector y = TVector.MultiplyAdd(
                    TVector.LoadPartial(input + c, rest), TVector.LoadPartial(Scale + c, rest), TVector.LoadPartial(Shift + c, rest));
                TVector.StorePartial(activation.Invoke(y), output + c, rest);
            }
        }
    }
}

/// <summary><see cref="Device.AddScaled"/> of a range of rows.</summary>
internal unsafe struct AddScaledKernel : IVectorKernel
{
    public required ElementwiseRows Rows;
    public required float* Left;
    public required int LeftStride;
    public required float* Right;
    public required int RightStride;

    /// <summary>A factor for each element of the batch; rows of the elements alternate.</summary>
    public required float* Factor;
    public required int BatchSize;
    public required float* Output;
    public required int OutputStride;

    public readonly void Invoke<TVector>(int start, int end)
        where TVector : unmanaged, IFloatVector<TVector>
    {
        for (int row = start; row < end; row++)
        {
            TVector factor = TVector.Broadcast(Factor[row % BatchSize]);
            float* left = Left + (long)row * LeftStride;
            float* right = Right + (long)row * RightStride;
            float* output = Output + (long)row * OutputStride;
            int length = Rows.LengthOf(row);
            int i = 0;
            for (; i <= length - TVector.Count; i += TVector.Count)
            {
                TVector.Store(TVector.Load(left + i) + factor * TVector.Load(right + i), output + i);
            }

            if (i < length)
            {
                TVector.StorePartial(
                    TVector.LoadPartial(left + i, length - i) + factor * TVector.LoadPartial(right + i, length - i), output + i, length - i);
            }
        }
    }
}

/// <summary><see cref="Device.Copy"/> of a range of rows.</summary>
internal unsafe struct CopyKernel : IVectorKernel
{
    public required ElementwiseRows Rows;
    public required float* Input;
    public required int InputStride;

    /// <summary>The rows of the input, which are used over and over.</summary>
    public required int InputRows;
    public required float* Output;
    public required int OutputStride;

    public readonly void Invoke<TVector>(int start, int end)
        where TVector : unmanaged, IFloatVector<TVector>
    {
        for (int row = start; row < end; row++)
        {
            CopyRow.Invoke(Input + (long)(row % InputRows) * InputStride, Output + (long)row * OutputStride, Rows.LengthOf(row));
        }
    }
}

/// <summary>Consecutive elements copied.</summary>
internal static unsafe class CopyRow
{
    public static void Invoke(float* input, float* output, int length) =>
        new ReadOnlySpan<float>(input, length).CopyTo(new Span<float>(output, length));
}
