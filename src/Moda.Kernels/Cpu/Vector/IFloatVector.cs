using Moda.Kernels.Elementary;

namespace Moda.Kernels.Cpu.Vector;

/// <summary>
/// A vector register of float32 lanes. Loops are written once over this interface; <see cref="FloatVector128"/>,
/// <see cref="FloatVector256"/> and <see cref="FloatVector512"/> give them the width that the machine has.
/// </summary>
/// <typeparam name="TSelf">The implementing type.</typeparam>
internal unsafe interface IFloatVector<TSelf> : IFloatArithmetic<TSelf>
    where TSelf : unmanaged, IFloatVector<TSelf>
{
    /// <summary>The number of lanes.</summary>
    static abstract int Count { get; }

    /// <summary>
    /// One element of memory in every lane. Broadcasting from memory costs a load only; broadcasting a register takes a shuffle, which
    /// competes with multiply-adds.
    /// </summary>
    static abstract TSelf LoadBroadcast(float* source);

    /// <summary>Reads <see cref="Count"/> elements; no alignment is required.</summary>
    static abstract TSelf Load(float* source);

    /// <summary>Reads the first <paramref name="count"/> elements, fewer than <see cref="Count"/>; the other lanes are 0 and their memory is not read.</summary>
    static abstract TSelf LoadPartial(float* source, int count);

    /// <summary>Writes <see cref="Count"/> elements; no alignment is required.</summary>
    static abstract void Store(TSelf value, float* destination);

    /// <summary>Writes the first <paramref name="count"/> lanes, fewer than <see cref="Count"/>; the memory of the others is not written.</summary>
    static abstract void StorePartial(TSelf value, float* destination, int count);

    /// <summary>The square root of each lane.</summary>
    static abstract TSelf Sqrt(TSelf value);

    /// <summary>Lanes 2i and 2i + 1 exchanged.</summary>
    static abstract TSelf SwapPairs(TSelf value);

    /// <summary>The sum of all lanes, in an order that depends only on the width.</summary>
    static abstract float Sum(TSelf value);

    /// <summary>The largest lane.</summary>
    static abstract float Maximum(TSelf value);
}
