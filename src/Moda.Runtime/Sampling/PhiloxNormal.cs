namespace Moda.Runtime.Sampling;

/// <summary>
/// Standard normal numbers, each a pure function of seed, stream and index: every device, thread count and order of
/// drawing gets the same value for the same three.
/// </summary>
/// <remarks>
/// <para>
/// Numbers 4b .. 4b + 3 of a stream come from one call of <see cref="Philox4x32"/>: key = seed, counter = b in the low 64
/// bits and the stream in the high 64. Its words r0 .. r3 give two pairs by Box and Muller, computed in float64 and
/// rounded once to float32:
/// </para>
/// <code>
/// radius = sqrt(-2 ln((r0 + 1) / 2^32)),  angle = 2 pi r1 / 2^32
/// z0 = radius cos(angle),  z1 = radius sin(angle);  z2 and z3 likewise from r2 and r3
/// </code>
/// </remarks>
/// <param name="Seed">What the user chooses.</param>
/// <param name="Stream">Which independent sequence of that seed, such as a segment's number.</param>
internal readonly record struct PhiloxNormal(ulong Seed, ulong Stream = 0)
{
    private const int BlockLength = 4;
    private const double WordRange = 4294967296.0;

    /// <summary>Draws numbers in a row.</summary>
    /// <param name="destination">Takes the numbers <paramref name="firstIndex"/>, <paramref name="firstIndex"/> + 1, ...</param>
    /// <param name="firstIndex">The index of the first of them.</param>
    public void Fill(Span<float> destination, ulong firstIndex = 0)
    {
        Span<float> block = stackalloc float[BlockLength];
        int filled = 0;
        while (filled < destination.Length)
        {
            ulong index = firstIndex + (ulong)filled;
            int offset = (int)(index % BlockLength);
            DrawBlock(index / BlockLength, block);
            int count = Math.Min(BlockLength - offset, destination.Length - filled);
            block.Slice(offset, count).CopyTo(destination[filled..]);
            filled += count;
        }
    }

    private void DrawBlock(ulong blockIndex, Span<float> block)
    {
        (uint r0, uint r1, uint r2, uint r3) = Philox4x32.Generate(
            ((uint)blockIndex, (uint)(blockIndex >> 32), (uint)Stream, (uint)(Stream >> 32)),
            ((uint)Seed, (uint)(Seed >> 32)));
        (block[0], block[1]) = BoxMuller(r0, r1);
        (block[2], block[3]) = BoxMuller(r2, r3);
    }

    private static (float First, float Second) BoxMuller(uint radiusWord, uint angleWord)
    {
        double radius = Math.Sqrt(-2 * Math.Log((radiusWord + 1.0) / WordRange));
        double angle = 2 * Math.PI * (angleWord / WordRange);
        return ((float)(radius * Math.Cos(angle)), (float)(radius * Math.Sin(angle)));
    }
}
