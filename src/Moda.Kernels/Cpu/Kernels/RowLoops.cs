using Moda.Kernels.Cpu.Vector;

namespace Moda.Kernels.Cpu.Kernels;

/// <summary>Loops over consecutive elements: whole vectors, then the rest in one partial vector. The output may be an input.</summary>
internal static unsafe class RowLoops
{
    /// <summary>output = function(input).</summary>
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

    /// <summary>output = input.</summary>
    public static void Copy(float* input, float* output, int length) =>
        new ReadOnlySpan<float>(input, length).CopyTo(new Span<float>(output, length));
}
