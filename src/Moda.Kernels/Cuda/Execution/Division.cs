namespace Moda.Kernels.Cuda.Execution;

/// <summary>Divisions that count a last part that is not full.</summary>
internal static class Division
{
    /// <summary>The parts of a size that cover a number of elements.</summary>
    public static int RoundUp(int value, int divisor) => (value + divisor - 1) / divisor;

    /// <summary>The parts of a size that cover a number of elements.</summary>
    public static long RoundUp(long value, int divisor) => (value + divisor - 1) / divisor;

    /// <summary>The smallest multiple that is not below a value.</summary>
    public static int ToMultiple(int value, int multiple) => RoundUp(value, multiple) * multiple;
}
