using ILGPU;

namespace Moda.Kernels.Ilgpu.Execution;

/// <summary>The row and the column of a flat index: a position and its channel, a line and its place.</summary>
internal readonly struct ElementPosition(long row, int column)
{
    /// <summary>The row.</summary>
    public readonly long Row = row;

    /// <summary>The place within the row.</summary>
    public readonly int Column = column;

    /// <summary>The first element of a thread.</summary>
    public static long First => ((long)Grid.IdxX * Group.DimX) + Group.IdxX;

    /// <summary>Elements between those of a thread.</summary>
    public static long Step => (long)Grid.DimX * Group.DimX;

    /// <summary>Splits a flat index into rows of a length.</summary>
    public static ElementPosition Of(long flat, int length)
    {
        // Nearly every tensor is small enough for a division of 32 bits, which takes a quarter of the time.
        long row = flat >> 32 == 0 ? (uint)flat / (uint)length : flat / length;
        return new ElementPosition(row, (int)(flat - (row * length)));
    }
}
