namespace Moda.Kernels.Cpu.Matrix;

/// <summary>
/// Adjacent output columns of one row, held in registers. The micro-kernel is written once over this interface;
/// the number of vectors decides the width of a weight panel.
/// </summary>
/// <typeparam name="TSelf">The implementing type.</typeparam>
internal unsafe interface IColumnGroup<TSelf>
    where TSelf : unmanaged, IColumnGroup<TSelf>
{
    /// <summary>The number of columns.</summary>
    static abstract int Count { get; }

    /// <summary>Reads <see cref="Count"/> elements.</summary>
    static abstract TSelf Load(float* source);

    /// <summary>Writes <see cref="Count"/> elements.</summary>
    static abstract void Store(TSelf value, float* destination);

    /// <summary><c>sum + *scale columns</c>.</summary>
    static abstract TSelf MultiplyAdd(float* scale, TSelf columns, TSelf sum);
}
