using System.Runtime.CompilerServices;
using Moda.Kernels.Cpu.Vector;

namespace Moda.Kernels.Cpu.Matrix;

/// <summary>Columns of one vector: the last panel of a matrix whose columns don't fill a pair.</summary>
internal unsafe struct SingleColumnGroup<TVector> : IColumnGroup<SingleColumnGroup<TVector>>
    where TVector : unmanaged, IFloatVector<TVector>
{
    private TVector vector;

    public static int Count => TVector.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SingleColumnGroup<TVector> Load(float* source) => new() { vector = TVector.Load(source) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(SingleColumnGroup<TVector> value, float* destination) => TVector.Store(value.vector, destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SingleColumnGroup<TVector> MultiplyAdd(float* scale, SingleColumnGroup<TVector> columns, SingleColumnGroup<TVector> sum) =>
        new() { vector = TVector.MultiplyAdd(TVector.LoadBroadcast(scale), columns.vector, sum.vector) };
}

/// <summary>Columns of two vectors: each broadcast element of a row is used twice.</summary>
internal unsafe struct ColumnPair<TVector> : IColumnGroup<ColumnPair<TVector>>
    where TVector : unmanaged, IFloatVector<TVector>
{
    private TVector first;
    private TVector second;

    public static int Count => 2 * TVector.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ColumnPair<TVector> Load(float* source) =>
        new() { first = TVector.Load(source), second = TVector.Load(source + TVector.Count) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(ColumnPair<TVector> value, float* destination)
    {
        TVector.Store(value.first, destination);
        TVector.Store(value.second, destination + TVector.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ColumnPair<TVector> MultiplyAdd(float* scale, ColumnPair<TVector> columns, ColumnPair<TVector> sum)
    {
        TVector factor = TVector.LoadBroadcast(scale);
        return new()
        {
            first = TVector.MultiplyAdd(factor, columns.first, sum.first),
            second = TVector.MultiplyAdd(factor, columns.second, sum.second),
        };
    }
}
