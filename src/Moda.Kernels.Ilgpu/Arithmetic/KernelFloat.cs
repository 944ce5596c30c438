using ILGPU;
using Moda.Kernels.Elementary;

namespace Moda.Kernels.Ilgpu.Arithmetic;

/// <summary>
/// One float32 value of a kernel, with the operations that the elementary functions of <see cref="VectorMath"/> are written in. ILGPU's own
/// functions would need its library of algorithms, and some of them are approximations.
/// </summary>
internal readonly struct KernelFloat(float value) : IFloatArithmetic<KernelFloat>
{
    /// <summary>Float32 numbers of this size have no fraction, so adding it rounds.</summary>
    private const float NoFraction = 3 << 22;

    private const int ExponentBias = 127;
    private const int MantissaBits = 23;

    /// <summary>The value.</summary>
    public readonly float Value = value;

    public static KernelFloat operator +(KernelFloat left, KernelFloat right) => new(left.Value + right.Value);

    public static KernelFloat operator -(KernelFloat left, KernelFloat right) => new(left.Value - right.Value);

    public static KernelFloat operator *(KernelFloat left, KernelFloat right) => new(left.Value * right.Value);

    public static KernelFloat operator /(KernelFloat left, KernelFloat right) => new(left.Value / right.Value);

    public static KernelFloat Broadcast(float value) => new(value);

    public static KernelFloat MultiplyAdd(KernelFloat left, KernelFloat right, KernelFloat addend) =>
        new((left.Value * right.Value) + addend.Value);

    public static KernelFloat Max(KernelFloat left, KernelFloat right) => left.Value > right.Value ? left : right;

    public static KernelFloat Min(KernelFloat left, KernelFloat right) => left.Value < right.Value ? left : right;

    public static KernelFloat Abs(KernelFloat value) => new(MathF.Abs(value.Value));

    public static KernelFloat Round(KernelFloat value) => new(value.Value + NoFraction - NoFraction);

    // In two steps, since 2^-150 and 2^129 are no normal numbers.
    public static KernelFloat ScaleByPowerOfTwo(KernelFloat value, KernelFloat exponent)
    {
        int whole = (int)exponent.Value;
        int half = whole >> 1;
        return new(value.Value * PowerOfTwo(half) * PowerOfTwo(whole - half));
    }

    public static KernelFloat SelectNegative(KernelFloat sign, KernelFloat negative, KernelFloat other) =>
        sign.Value < 0 ? negative : other;

    private static float PowerOfTwo(int exponent) => Interop.IntAsFloat((uint)(exponent + ExponentBias) << MantissaBits);
}
