namespace Moda.Kernels.Elementary;

/// <summary>
/// What elementary functions need of float32 values, whether a register holds one or several. Elementary functions are written once over
/// this interface, for the CPU's vectors and for kernels that are compiled from C#.
/// </summary>
/// <typeparam name="TSelf">The implementing type.</typeparam>
internal interface IFloatArithmetic<TSelf>
    where TSelf : unmanaged, IFloatArithmetic<TSelf>
{
    /// <summary>The same value in every lane.</summary>
    static abstract TSelf Broadcast(float value);

    /// <summary>The sum of each lane.</summary>
    static abstract TSelf operator +(TSelf left, TSelf right);

    /// <summary>The difference of each lane.</summary>
    static abstract TSelf operator -(TSelf left, TSelf right);

    /// <summary>The product of each lane.</summary>
    static abstract TSelf operator *(TSelf left, TSelf right);

    /// <summary>The quotient of each lane.</summary>
    static abstract TSelf operator /(TSelf left, TSelf right);

    /// <summary><c>left right + addend</c>, with one rounding where the machine has such an instruction.</summary>
    static abstract TSelf MultiplyAdd(TSelf left, TSelf right, TSelf addend);

    /// <summary>The larger of two. NaN is passed on only where <paramref name="right"/> is NaN.</summary>
    static abstract TSelf Max(TSelf left, TSelf right);

    /// <summary>The smaller of two. NaN is passed on only where <paramref name="right"/> is NaN.</summary>
    static abstract TSelf Min(TSelf left, TSelf right);

    /// <summary>The absolute value of each lane.</summary>
    static abstract TSelf Abs(TSelf value);

    /// <summary>The nearest integer of each lane, ties to even.</summary>
    static abstract TSelf Round(TSelf value);

    /// <summary><c>value 2^exponent</c> for integral exponents from -150 to 129.</summary>
    static abstract TSelf ScaleByPowerOfTwo(TSelf value, TSelf exponent);

    /// <summary><paramref name="negative"/> in lanes where <paramref name="sign"/> is below 0, else <paramref name="other"/>.</summary>
    static abstract TSelf SelectNegative(TSelf sign, TSelf negative, TSelf other);
}
