using System.Runtime.CompilerServices;
using Moda.Kernels.Cpu.Vector;

namespace Moda.Kernels.Cpu.Kernels;

/// <summary>Sums over the channels of one position, each with four independent chains of additions.</summary>
internal static unsafe class RowReductions
{
    /// <summary>The sum of <c>(x - offset)</c>.</summary>
    public static float Sum<TVector>(float* row, int length, float offset)
        where TVector : unmanaged, IFloatVector<TVector> => Reduce<TVector, Difference<TVector>>(row, length, offset);

    /// <summary>The sum of <c>(x - offset)^2</c>.</summary>
    public static float SumOfSquares<TVector>(float* row, int length, float offset)
        where TVector : unmanaged, IFloatVector<TVector> => Reduce<TVector, SquaredDifference<TVector>>(row, length, offset);

    private static float Reduce<TVector, TTerm>(float* row, int length, float offset)
        where TVector : unmanaged, IFloatVector<TVector>
        where TTerm : struct, ITerm<TVector>
    {
        TVector center = TVector.Broadcast(offset);
        TVector sum0 = TVector.Broadcast(0);
        TVector sum1 = sum0;
        TVector sum2 = sum0;
        TVector sum3 = sum0;
        int i = 0;
        for (; i <= length - 4 * TVector.Count; i += 4 * TVector.Count)
        {
            sum0 = TTerm.Accumulate(sum0, TVector.Load(row + i) - center);
            sum1 = TTerm.Accumulate(sum1, TVector.Load(row + i + TVector.Count) - center);
            sum2 = TTerm.Accumulate(sum2, TVector.Load(row + i + 2 * TVector.Count) - center);
            sum3 = TTerm.Accumulate(sum3, TVector.Load(row + i + 3 * TVector.Count) - center);
        }

        for (; i <= length - TVector.Count; i += TVector.Count)
        {
            sum0 = TTerm.Accumulate(sum0, TVector.Load(row + i) - center);
        }

        float sum = TVector.Sum((sum0 + sum1) + (sum2 + sum3));
        for (; i < length; i++)
        {
            sum = TTerm.Accumulate(sum, row[i] - offset);
        }

        return sum;
    }

    private interface ITerm<TVector>
    {
        static abstract TVector Accumulate(TVector sum, TVector value);

        static abstract float Accumulate(float sum, float value);
    }

    private readonly struct Difference<TVector> : ITerm<TVector>
        where TVector : unmanaged, IFloatVector<TVector>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Accumulate(TVector sum, TVector value) => sum + value;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static float Accumulate(float sum, float value) => sum + value;
    }

    private readonly struct SquaredDifference<TVector> : ITerm<TVector>
        where TVector : unmanaged, IFloatVector<TVector>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Accumulate(TVector sum, TVector value) => TVector.MultiplyAdd(value, value, sum);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static float Accumulate(float sum, float value) => sum + value * value;
    }
}
