using System.Runtime.CompilerServices;
using Moda.Kernels.Cpu.Vector;
using Moda.Kernels.Elementary;

namespace Moda.Kernels.Cpu.Kernels;

/// <summary>Loops over consecutive elements: whole vectors, then the rest in one partial vector. The output may be an input.</summary>
/// <remarks>The loops are inlined: rows are often as short as a few vectors, so a call would cost as much as the row.</remarks>
internal static unsafe class RowLoops
{
    /// <summary>output = function(input).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Map<TVector, TFunction>(float* input, float* output, int length, TFunction function)
        where TVector : unmanaged, IFloatVector<TVector>
        where TFunction : unmanaged, IUnaryFunction
    {
        int i = 0;
        for (; i <= length - TVector.Count; i += TVector.Count)
        {
            TVector.Store(function.Invoke(TVector.Load(input + i)), output + i);
        }

        int rest = length - i;
        if (rest > 0)
        {
            TVector.StorePartial(function.Invoke(TVector.LoadPartial(input + i, rest)), output + i, rest);
        }
    }

    /// <summary>output = function(left, right).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Map<TVector, TFunction>(float* left, float* right, float* output, int length, TFunction function)
        where TVector : unmanaged, IFloatVector<TVector>
        where TFunction : unmanaged, IBinaryFunction
    {
        int i = 0;
        for (; i <= length - TVector.Count; i += TVector.Count)
        {
            TVector.Store(function.Invoke(TVector.Load(left + i), TVector.Load(right + i)), output + i);
        }

        int rest = length - i;
        if (rest > 0)
        {
            TVector.StorePartial(function.Invoke(TVector.LoadPartial(left + i, rest), TVector.LoadPartial(right + i, rest)), output + i, rest);
        }
    }

    /// <summary>output = activation(input scale + shift).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ScaleShift<TVector, TActivation>(
        float* input, float* scale, float* shift, float* output, int length, TActivation activation)
        where TVector : unmanaged, IFloatVector<TVector>
        where TActivation : unmanaged, IActivationFunction
    {
        int i = 0;
        for (; i <= length - TVector.Count; i += TVector.Count)
        {
            TVector y = TVector.MultiplyAdd(TVector.Load(input + i), TVector.Load(scale + i), TVector.Load(shift + i));
            TVector.Store(activation.Invoke(y), output + i);
        }

        int rest = length - i;
        if (rest > 0)
        {
            TVector y = TVector.MultiplyAdd(
                TVector.LoadPartial(input + i, rest), TVector.LoadPartial(scale + i, rest), TVector.LoadPartial(shift + i, rest));
            TVector.StorePartial(activation.Invoke(y), output + i, rest);
        }
    }

    /// <summary>output = input.</summary>
    public static void Copy(float* input, float* output, int length) =>
        new ReadOnlySpan<float>(input, length).CopyTo(new Span<float>(output, length));
}
