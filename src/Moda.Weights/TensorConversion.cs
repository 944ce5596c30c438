using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Moda.Weights;

/// <summary>Conversions between stored elements and float32. Stored elements are little-endian.</summary>
internal static class TensorConversion
{
    // Constants for a binary16 whose bits are shifted to the position of a binary32's exponent and fraction: the smallest normal number,
    // infinity, and the difference of the exponent biases.
    private const uint FirstNormal = 0x0080_0000;
    private const uint Infinity = 0x0F80_0000;
    private const uint ExponentDifference = 112 << 23;
    private const uint SmallestNormal = FirstNormal + ExponentDifference;

    /// <summary>Converts stored elements to float32. Types of higher precision are rounded to nearest.</summary>
    /// <param name="type">The stored type of the elements.</param>
    /// <param name="source">The bytes of <c>destination.Length</c> elements.</param>
    /// <param name="destination">Receives the values.</param>
    /// <exception cref="ArgumentException">The lengths of source and destination do not fit.</exception>
    public static void ToSingle(StoredType type, ReadOnlySpan<byte> source, Span<float> destination)
    {
        if (source.Length != (long)destination.Length * type.SizeInBytes())
        {
            throw new ArgumentException(
                $"{source.Length} bytes of {type} are not {destination.Length} elements.", nameof(source));
        }

        switch (type)
        {
            case StoredType.Float32:
                source.CopyTo(MemoryMarshal.AsBytes(destination));
                break;
            case StoredType.Float16:
                HalfToSingle(MemoryMarshal.Cast<byte, ushort>(source), destination);
                break;
            case StoredType.BFloat16:
                BFloat16ToSingle(MemoryMarshal.Cast<byte, ushort>(source), destination);
                break;
            case StoredType.Float64:
                Convert<double>(source, destination, static value => (float)value);
                break;
            case StoredType.Int64:
                Convert<long>(source, destination, static value => value);
                break;
            case StoredType.Int32:
                Convert<int>(source, destination, static value => value);
                break;
            case StoredType.Int16:
                Convert<short>(source, destination, static value => value);
                break;
            case StoredType.Int8:
                Convert<sbyte>(source, destination, static value => value);
                break;
            case StoredType.UInt8:
                Convert<byte>(source, destination, static value => value);
                break;
            case StoredType.Bool:
                Convert<byte>(source, destination, static value => value == 0 ? 0f : 1f);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(type), type, "Unknown element type.");
        }
    }

    /// <summary>Converts float32 to a type of converted weights, rounding to nearest, ties to even.</summary>
    /// <param name="source">The values.</param>
    /// <param name="type"><see cref="StoredType.Float32"/>, <see cref="StoredType.Float16"/> or <see cref="StoredType.BFloat16"/>.</param>
    /// <param name="destination">Receives the bytes of <c>source.Length</c> elements.</param>
    /// <exception cref="ArgumentException">The lengths of source and destination do not fit.</exception>
    public static void FromSingle(ReadOnlySpan<float> source, StoredType type, Span<byte> destination)
    {
        if (destination.Length != (long)source.Length * type.SizeInBytes())
        {
            throw new ArgumentException(
                $"{source.Length} elements of {type} do not fill {destination.Length} bytes.", nameof(destination));
        }

        switch (type)
        {
            case StoredType.Float32:
                MemoryMarshal.AsBytes(source).CopyTo(destination);
                break;
            case StoredType.Float16:
                for (int i = 0; i < source.Length; i++)
                {
                    BinaryPrimitives.WriteHalfLittleEndian(destination[(2 * i)..], (Half)source[i]);
                }

                break;
            case StoredType.BFloat16:
                Span<ushort> words = MemoryMarshal.Cast<byte, ushort>(destination);
                for (int i = 0; i < source.Length; i++)
                {
                    words[i] = RoundToBFloat16(source[i]);
                }

                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(type), type, "Weights are written as float32, float16 or bfloat16.");
        }
    }

    /// <summary>Widens binary16 to binary32. The conversion is exact, also for subnormal numbers and NaN payloads.</summary>
    /// <param name="source">The binary16 bit patterns.</param>
    /// <param name="destination">Receives as many values.</param>
    public static void HalfToSingle(ReadOnlySpan<ushort> source, Span<float> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(destination.Length, source.Length);
        Span<uint> bits = MemoryMarshal.Cast<float, uint>(destination);
        int i = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            for (; i <= source.Length - Vector512<ushort>.Count; i += Vector512<ushort>.Count)
            {
                (Vector512<uint> lower, Vector512<uint> upper) = Vector512.Widen(Vector512.Create(source[i..]));
                WidenHalf(lower).CopyTo(bits[i..]);
                WidenHalf(upper).CopyTo(bits[(i + Vector512<uint>.Count)..]);
            }
        }

        if (Vector256.IsHardwareAccelerated)
        {
            for (; i <= source.Length - Vector256<ushort>.Count; i += Vector256<ushort>.Count)
            {
                (Vector256<uint> lower, Vector256<uint> upper) = Vector256.Widen(Vector256.Create(source[i..]));
                WidenHalf(lower).CopyTo(bits[i..]);
                WidenHalf(upper).CopyTo(bits[(i + Vector256<uint>.Count)..]);
            }
        }

        for (; i < source.Length; i++)
        {
            bits[i] = WidenHalf(source[i]);
        }
    }

    /// <summary>Widens bfloat16 to binary32. The conversion is exact.</summary>
    /// <param name="source">The bfloat16 bit patterns.</param>
    /// <param name="destination">Receives as many values.</param>
    public static void BFloat16ToSingle(ReadOnlySpan<ushort> source, Span<float> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(destination.Length, source.Length);
        Span<uint> bits = MemoryMarshal.Cast<float, uint>(destination);
        int i = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            for (; i <= source.Length - Vector512<ushort>.Count; i += Vector512<ushort>.Count)
            {
                (Vector512<uint> lower, Vector512<uint> upper) = Vector512.Widen(Vector512.Create(source[i..]));
                (lower << 16).CopyTo(bits[i..]);
                (upper << 16).CopyTo(bits[(i + Vector512<uint>.Count)..]);
            }
        }

        if (Vector256.IsHardwareAccelerated)
        {
            for (; i <= source.Length - Vector256<ushort>.Count; i += Vector256<ushort>.Count)
            {
                (Vector256<uint> lower, Vector256<uint> upper) = Vector256.Widen(Vector256.Create(source[i..]));
                (lower << 16).CopyTo(bits[i..]);
                (upper << 16).CopyTo(bits[(i + Vector256<uint>.Count)..]);
            }
        }

        for (; i < source.Length; i++)
        {
            bits[i] = (uint)source[i] << 16;
        }
    }

    // The magnitude's bits are shifted to their place in a binary32. A normal number then needs the difference of the exponent biases
    // added. Infinity and NaN need all exponent bits set. A subnormal number is added to the smallest normal number as its fraction, and
    // that number is subtracted again: the subtraction is exact and normalises the result. (Multiplying would also normalise, but
    // processors are about a hundred times slower with subnormal operands.)
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> WidenHalf(Vector512<uint> half)
    {
        Vector512<uint> magnitude = (half & Vector512.Create(0x7FFFu)) << 13;
        Vector512<uint> sign = (half & Vector512.Create(0x8000u)) << 16;
        Vector512<uint> normal = magnitude + Vector512.Create(ExponentDifference);
        Vector512<uint> special = magnitude | Vector512.Create(0x7F80_0000u);
        Vector512<uint> smallest = Vector512.Create(SmallestNormal);
        Vector512<uint> subnormal = ((magnitude + smallest).AsSingle() - smallest.AsSingle()).AsUInt32();
        Vector512<uint> bits = Vector512.ConditionalSelect(Vector512.GreaterThanOrEqual(magnitude, Vector512.Create(Infinity)), special, normal);
        return Vector512.ConditionalSelect(Vector512.LessThan(magnitude, Vector512.Create(FirstNormal)), subnormal, bits) | sign;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> WidenHalf(Vector256<uint> half)
    {
        Vector256<uint> magnitude = (half & Vector256.Create(0x7FFFu)) << 13;
        Vector256<uint> sign = (half & Vector256.Create(0x8000u)) << 16;
        Vector256<uint> normal = magnitude + Vector256.Create(ExponentDifference);
        Vector256<uint> special = magnitude | Vector256.Create(0x7F80_0000u);
        Vector256<uint> smallest = Vector256.Create(SmallestNormal);
        Vector256<uint> subnormal = ((magnitude + smallest).AsSingle() - smallest.AsSingle()).AsUInt32();
        Vector256<uint> bits = Vector256.ConditionalSelect(Vector256.GreaterThanOrEqual(magnitude, Vector256.Create(Infinity)), special, normal);
        return Vector256.ConditionalSelect(Vector256.LessThan(magnitude, Vector256.Create(FirstNormal)), subnormal, bits) | sign;
    }

    private static uint WidenHalf(ushort half)
    {
        uint magnitude = (half & 0x7FFFu) << 13;
        uint bits = magnitude switch
        {
            >= Infinity => magnitude | 0x7F80_0000u,
            >= FirstNormal => magnitude + ExponentDifference,
            _ => BitConverter.SingleToUInt32Bits(
                BitConverter.UInt32BitsToSingle(magnitude + SmallestNormal) - BitConverter.UInt32BitsToSingle(SmallestNormal)),
        };
        return bits | ((half & 0x8000u) << 16);
    }

    private static ushort RoundToBFloat16(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        if (float.IsNaN(value))
        {
            // Rounding drops the lower half of the NaN's payload. Setting the quiet bit keeps the result from becoming an infinity.
            return (ushort)((bits >> 16) | 0x0040);
        }

        return (ushort)((bits + 0x7FFFu + ((bits >> 16) & 1)) >> 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Convert<T>(ReadOnlySpan<byte> source, Span<float> destination, Func<T, float> convert)
        where T : unmanaged
    {
        ReadOnlySpan<T> values = MemoryMarshal.Cast<byte, T>(source);
        for (int i = 0; i < values.Length; i++)
        {
            destination[i] = convert(values[i]);
        }
    }
}
