using Moda.Kernels.Cpu.Vector;

namespace Moda.Kernels.Cpu.Matrix;

/// <summary>
/// The innermost loop of every matrix product and convolution: a tile of a few rows by one panel of columns is summed in registers over
/// segments. In each segment every row has an address of its own, so rows may be any positions of a map, or zeros.
/// </summary>
/// <remarks>
/// Sums are named locals, since an array would be kept in memory. Fourteen rows of two vectors leave room in 32 registers for two vectors of
/// weights and one broadcast element; six rows do in 16 registers. Adding a segment of K elements to a tile costs K (rows + 2) loads
/// for 2 K rows multiply-adds, so loads never limit a full tile.
/// </remarks>
internal static unsafe class MicroKernel
{
    /// <summary>Rows of a tile's table: a segment's row addresses and, after them, where its weights start in the panel.</summary>
    public const int TableStride = 16;

    /// <summary>Rows that a segment's table row has room for.</summary>
    public const int TableRows = 14;

    /// <summary>Where a segment's table row holds the number of weight rows before the segment's first.</summary>
    public const int WeightRowSlot = TableRows;

    /// <summary>The rows of a full tile, by the number of vector registers.</summary>
    public static int MaximumRows<TVector>()
        where TVector : unmanaged, IFloatVector<TVector> =>
        TVector.Count == 16 || System.Runtime.Intrinsics.Arm.AdvSimd.IsSupported ? 14 : 6;

    /// <summary>
    /// <c>tile[r][c] = (accumulate ? tile[r][c] : 0) + sum over segments s and k of table[s][r][k] panel[row(s) + k][c]</c>.
    /// </summary>
    /// <param name="rows">Rows to compute, at most <see cref="MaximumRows"/>. Rows up to the next compiled tile height are computed too, so the table must hold valid addresses for those.</param>
    /// <param name="table">Segments of <see cref="TableStride"/> entries.</param>
    /// <param name="segments">Segments.</param>
    /// <param name="length">Elements of each segment.</param>
    /// <param name="panel">Weights: rows of as many elements as the group has columns.</param>
    /// <param name="tile">As many rows as the compiled tile height, <see cref="MaximumRows"/> at most.</param>
    /// <param name="tileStride">Elements from one row of the tile to the next.</param>
    /// <param name="accumulate">Whether to add to the present values of the tile.</param>
    public static void Multiply<TColumns>(int rows, float** table, int segments, nint length, float* panel, float* tile, nint tileStride, bool accumulate)
        where TColumns : unmanaged, IColumnGroup<TColumns>
    {
        switch (rows)
        {
            case > 8:
                Multiply<TColumns, FourteenRows>(table, segments, length, panel, tile, tileStride, accumulate);
                break;
            case > 6:
                Multiply<TColumns, EightRows>(table, segments, length, panel, tile, tileStride, accumulate);
                break;
            case > 4:
                Multiply<TColumns, SixRows>(table, segments, length, panel, tile, tileStride, accumulate);
                break;
            case > 1:
                Multiply<TColumns, FourRows>(table, segments, length, panel, tile, tileStride, accumulate);
                break;
            default:
                Multiply<TColumns, OneRow>(table, segments, length, panel, tile, tileStride, accumulate);
                break;
        }
    }

    /// <summary>The number of rows is a constant of the type, so the compiler drops the branches of other row counts.</summary>
    private static void Multiply<TColumns, TRows>(
        float** table, int segments, nint length, float* panel, float* tile, nint tileStride, bool accumulate)
        where TColumns : unmanaged, IColumnGroup<TColumns>
        where TRows : struct, IRowCount
    {
        TColumns sum0 = default;
        TColumns sum1 = default;
        TColumns sum2 = default;
        TColumns sum3 = default;
        TColumns sum4 = default;
        TColumns sum5 = default;
        TColumns sum6 = default;
        TColumns sum7 = default;
        TColumns sum8 = default;
        TColumns sum9 = default;
        TColumns sum10 = default;
        TColumns sum11 = default;
        TColumns sum12 = default;
        TColumns sum13 = default;
        if (accumulate)
        {
            sum0 = TColumns.Load(tile);

            if (TRows.Count >= 4)
            {
                sum1 = TColumns.Load(tile + tileStride);
                sum2 = TColumns.Load(tile + 2 * tileStride);
                sum3 = TColumns.Load(tile + 3 * tileStride);
            }

            if (TRows.Count >= 6)
            {
                sum4 = TColumns.Load(tile + 4 * tileStride);
                sum5 = TColumns.Load(tile + 5 * tileStride);
            }

            if (TRows.Count >= 8)
            {
                sum6 = TColumns.Load(tile + 6 * tileStride);
                sum7 = TColumns.Load(tile + 7 * tileStride);
            }

            if (TRows.Count >= 14)
            {
                sum8 = TColumns.Load(tile + 8 * tileStride);
                sum9 = TColumns.Load(tile + 9 * tileStride);
                sum10 = TColumns.Load(tile + 10 * tileStride);
                sum11 = TColumns.Load(tile + 11 * tileStride);
                sum12 = TColumns.Load(tile + 12 * tileStride);
                sum13 = TColumns.Load(tile + 13 * tileStride);
            }
        }

        for (int segment = 0; segment < segments; segment++, table += TableStride)
        {
            float* row0 = table[0];
            float* row1 = TRows.Count >= 4 ? table[1] : null;
            float* row2 = TRows.Count >= 4 ? table[2] : null;
            float* row3 = TRows.Count >= 4 ? table[3] : null;
            float* row4 = TRows.Count >= 6 ? table[4] : null;
            float* row5 = TRows.Count >= 6 ? table[5] : null;
            float* row6 = TRows.Count >= 8 ? table[6] : null;
            float* row7 = TRows.Count >= 8 ? table[7] : null;
            float* row8 = TRows.Count >= 14 ? table[8] : null;
            float* row9 = TRows.Count >= 14 ? table[9] : null;
            float* row10 = TRows.Count >= 14 ? table[10] : null;
            float* row11 = TRows.Count >= 14 ? table[11] : null;
            float* row12 = TRows.Count >= 14 ? table[12] : null;
            float* row13 = TRows.Count >= 14 ? table[13] : null;
            float* weights = panel + (nint)table[WeightRowSlot] * TColumns.Count;
            for (nint k = 0; k < length; k++, weights += TColumns.Count)
            {
                TColumns columns = TColumns.Load(weights);
                sum0 = TColumns.MultiplyAdd(row0 + k, columns, sum0);

                if (TRows.Count >= 4)
                {
                    sum1 = TColumns.MultiplyAdd(row1 + k, columns, sum1);
                    sum2 = TColumns.MultiplyAdd(row2 + k, columns, sum2);
                    sum3 = TColumns.MultiplyAdd(row3 + k, columns, sum3);
                }

                if (TRows.Count >= 6)
                {
                    sum4 = TColumns.MultiplyAdd(row4 + k, columns, sum4);
                    sum5 = TColumns.MultiplyAdd(row5 + k, columns, sum5);
                }

                if (TRows.Count >= 8)
                {
                    sum6 = TColumns.MultiplyAdd(row6 + k, columns, sum6);
                    sum7 = TColumns.MultiplyAdd(row7 + k, columns, sum7);
                }

                if (TRows.Count >= 14)
                {
                    sum8 = TColumns.MultiplyAdd(row8 + k, columns, sum8);
                    sum9 = TColumns.MultiplyAdd(row9 + k, columns, sum9);
                    sum10 = TColumns.MultiplyAdd(row10 + k, columns, sum10);
                    sum11 = TColumns.MultiplyAdd(row11 + k, columns, sum11);
                    sum12 = TColumns.MultiplyAdd(row12 + k, columns, sum12);
                    sum13 = TColumns.MultiplyAdd(row13 + k, columns, sum13);
                }
            }
        }

        TColumns.Store(sum0, tile);

        if (TRows.Count >= 4)
        {
            TColumns.Store(sum1, tile + tileStride);
            TColumns.Store(sum2, tile + 2 * tileStride);
            TColumns.Store(sum3, tile + 3 * tileStride);
        }

        if (TRows.Count >= 6)
        {
            TColumns.Store(sum4, tile + 4 * tileStride);
            TColumns.Store(sum5, tile + 5 * tileStride);
        }

        if (TRows.Count >= 8)
        {
            TColumns.Store(sum6, tile + 6 * tileStride);
            TColumns.Store(sum7, tile + 7 * tileStride);
        }

        if (TRows.Count >= 14)
        {
            TColumns.Store(sum8, tile + 8 * tileStride);
            TColumns.Store(sum9, tile + 9 * tileStride);
            TColumns.Store(sum10, tile + 10 * tileStride);
            TColumns.Store(sum11, tile + 11 * tileStride);
            TColumns.Store(sum12, tile + 12 * tileStride);
            TColumns.Store(sum13, tile + 13 * tileStride);
        }
    }

    /// <summary>How many rows a variant computes.</summary>
    private interface IRowCount
    {
        static abstract int Count { get; }
    }

    private readonly struct OneRow : IRowCount
    {
        public static int Count => 1;
    }

    private readonly struct FourRows : IRowCount
    {
        public static int Count => 4;
    }

    private readonly struct SixRows : IRowCount
    {
        public static int Count => 6;
    }

    private readonly struct EightRows : IRowCount
    {
        public static int Count => 8;
    }

    private readonly struct FourteenRows : IRowCount
    {
        public static int Count => 14;
    }
}
