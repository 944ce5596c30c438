namespace Moda.Kernels.Cuda.Execution;

/// <summary>Integer divisions that round up.</summary>
internal static class Division
{
    /// <summary>The quotient, rounded up.</summary>
    public static int RoundUp(int value, int divisor) => (value + divisor - 1) / divisor;

    /// <summary>The quotient, rounded up.</summary>
    public static long RoundUp(long value, int divisor) => (value + divisor - 1) / divisor;

    /// <summary>The smallest multiple that is not below a value.</summary>
    public static int ToMultiple(int value, int multiple) => RoundUp(value, multiple) * multiple;
}
