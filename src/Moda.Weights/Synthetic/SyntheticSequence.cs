using System.Runtime.Intrinsics;
using System.Text;

namespace Moda.Weights.Synthetic;

/// <summary>
/// The counter-based random sequence of the synthetic weights: SplitMix64, seeded by the FNV-1a hash of a name, with the upper 24 bits
/// scaled to [-1, 1). Every element depends only on its index, so blocks can be computed in any order.
/// </summary>
internal static class SyntheticSequence
{
    private const ulong Increment = 0x9E37_79B9_7F4A_7C15;
    private const ulong FirstMultiplier = 0xBF58_476D_1CE4_E5B9;
    private const ulong SecondMultiplier = 0x94D0_49BB_1331_11EB;
    private const ulong SeedMultiplier = 0xD1B5_4A32_D192_ED03;
    private const double Scale = 1.0 / (1 << 23);

    // The number of elements that one core computes at a time. Smaller blocks cost more than they gain.
    private const int BlockElements = 1 << 16;

    /// <summary>The seed of a name's sequence.</summary>
    public static ulong Seed(string name, ulong seed)
    {
        ulong hash = 0xCBF2_9CE4_8422_2325;
        foreach (byte value in Encoding.UTF8.GetBytes(name))
        {
            hash = (hash ^ value) * 0x0000_0100_0000_01B3;
        }

        return hash + seed * SeedMultiplier;
    }

    /// <summary>Fills a span with <c>center + halfRange * v</c>, computed in float64 and rounded once.</summary>
    /// <param name="sequenceSeed">The result of <see cref="Seed"/>.</param>
    /// <param name="center">The middle of the range of values.</param>
    /// <param name="halfRange">The largest distance of a value from the middle.</param>
    /// <param name="first">The index of the first element in the sequence.</param>
    /// <param name="destination">Receives the first element and those that follow it.</param>
    public static unsafe void Fill(ulong sequenceSeed, double center, double halfRange, int first, Span<float> destination)
    {
        int blocks = (destination.Length + BlockElements - 1) / BlockElements;
        if (blocks <= 2)
        {
            FillBlock(sequenceSeed, center, halfRange, first, destination);
            return;
        }

        int length = destination.Length;
        fixed (float* pinned = destination)
        {
            float* start = pinned;
            Parallel.For(0, blocks, block =>
            {
                int offset = block * BlockElements;
                FillBlock(
                    sequenceSeed, center, halfRange, first + offset, new Span<float>(start + offset, Math.Min(BlockElements, length - offset)));
            });
        }
    }

    // The definition rounds the product and the sum separately, so a fused multiply-add must not be used.
    private static void FillBlock(ulong sequenceSeed, double center, double halfRange, int first, Span<float> destination)
    {
        int i = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            Vector512<ulong> state = Vector512.Create(sequenceSeed) + (Vector512<ulong>.Indices + Vector512.Create((ulong)first + 1)) * Increment;
            Vector512<ulong> step = Vector512.Create(unchecked((ulong)Vector512<ulong>.Count * Increment));
            for (; i <= destination.Length - Vector512<float>.Count; i += Vector512<float>.Count)
            {
                Vector512<double> lower = Scaled(state, center, halfRange);
                state += step;
                Vector512<double> upper = Scaled(state, center, halfRange);
                state += step;
                Vector512.Narrow(lower, upper).CopyTo(destination[i..]);
            }
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            Vector256<ulong> state = Vector256.Create(sequenceSeed) + (Vector256<ulong>.Indices + Vector256.Create((ulong)first + 1)) * Increment;
            Vector256<ulong> step = Vector256.Create(unchecked((ulong)Vector256<ulong>.Count * Increment));
            for (; i <= destination.Length - Vector256<float>.Count; i += Vector256<float>.Count)
            {
                Vector256<double> lower = Scaled(state, center, halfRange);
                state += step;
                Vector256<double> upper = Scaled(state, center, halfRange);
                state += step;
                Vector256.Narrow(lower, upper).CopyTo(destination[i..]);
            }
        }

        for (; i < destination.Length; i++)
        {
            double value = (Mix(sequenceSeed + ((ulong)(first + i) + 1) * Increment) >> 40) * Scale - 1.0;
            double offset = halfRange * value;
            destination[i] = (float)(center + offset);
        }
    }

    private static Vector512<double> Scaled(Vector512<ulong> z, double center, double halfRange)
    {
        z = (z ^ (z >>> 30)) * FirstMultiplier;
        z = (z ^ (z >>> 27)) * SecondMultiplier;
        z ^= z >>> 31;
        Vector512<double> value = Vector512.ConvertToDouble(z >>> 40) * Scale - Vector512<double>.One;
        return Vector512.Create(center) + value * halfRange;
    }

    private static Vector256<double> Scaled(Vector256<ulong> z, double center, double halfRange)
    {
        z = (z ^ (z >>> 30)) * FirstMultiplier;
        z = (z ^ (z >>> 27)) * SecondMultiplier;
        z ^= z >>> 31;
        Vector256<double> value = Vector256.ConvertToDouble(z >>> 40) * Scale - Vector256<double>.One;
        return Vector256.Create(center) + value * halfRange;
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * FirstMultiplier;
        z = (z ^ (z >> 27)) * SecondMultiplier;
        return z ^ (z >> 31);
    }
}
