using ILGPU;

namespace Moda.Kernels.Ilgpu.Products;

/// <summary>The sums of one thread of a tile along the channels: 4 for each 64 of them.</summary>
/// <typeparam name="TSelf">The implementing type.</typeparam>
internal interface IColumnSums<TSelf>
    where TSelf : struct, IColumnSums<TSelf>
{
    /// <summary>Channels of a tile.</summary>
    static abstract int Columns { get; }

    /// <summary>Reads the weights of one term.</summary>
    /// <param name="right">The tile's weights, in fours.</param>
    /// <param name="place">The place of the thread's first four.</param>
    static abstract TSelf Load(ArrayView<Float4> right, int place);

    /// <summary><c>left right + sum</c>.</summary>
    static abstract TSelf MultiplyAdd(float left, TSelf right, TSelf sum);

    /// <summary>Finishes the sums and stores them.</summary>
    /// <param name="epilogue">What follows the sums.</param>
    /// <param name="row">The output position.</param>
    /// <param name="firstChannel">The first channel of the group.</param>
    /// <param name="column">The thread's first channel within the group.</param>
    /// <param name="columns">Channels of the group.</param>
    void Store(ProductEpilogue epilogue, long row, int firstChannel, int column, int columns);
}

/// <summary>Tiles of 64 channels.</summary>
internal readonly struct ColumnSums64(Float4 sums) : IColumnSums<ColumnSums64>
{
    private readonly Float4 sums = sums;

    public static int Columns => ProductTile.Small;

    public static ColumnSums64 Load(ArrayView<Float4> right, int place) => new(right[place]);

    public static ColumnSums64 MultiplyAdd(float left, ColumnSums64 right, ColumnSums64 sum) => new(Float4.MultiplyAdd(left, right.sums, sum.sums));

    public void Store(ProductEpilogue epilogue, long row, int firstChannel, int column, int columns) =>
        StoreFour(epilogue, row, firstChannel, column, columns, sums);

    /// <summary>Stores four neighbouring channels.</summary>
    internal static void StoreFour(ProductEpilogue epilogue, long row, int firstChannel, int column, int columns, Float4 four)
    {
        if (column < columns)
        {
            epilogue.Store(row, firstChannel + column, four.X);
        }

        if (column + 1 < columns)
        {
            epilogue.Store(row, firstChannel + column + 1, four.Y);
        }

        if (column + 2 < columns)
        {
            epilogue.Store(row, firstChannel + column + 2, four.Z);
        }

        if (column + 3 < columns)
        {
            epilogue.Store(row, firstChannel + column + 3, four.W);
        }
    }
}

/// <summary>Tiles of 128 channels.</summary>
internal readonly struct ColumnSums128(Float4 low, Float4 high) : IColumnSums<ColumnSums128>
{
    private readonly Float4 low = low;
    private readonly Float4 high = high;

    public static int Columns => ProductTile.Large;

    public static ColumnSums128 Load(ArrayView<Float4> right, int place) => new(right[place], right[place + (ProductTile.Small / 4)]);

    public static ColumnSums128 MultiplyAdd(float left, ColumnSums128 right, ColumnSums128 sum) =>
        new(Float4.MultiplyAdd(left, right.low, sum.low), Float4.MultiplyAdd(left, right.high, sum.high));

    public void Store(ProductEpilogue epilogue, long row, int firstChannel, int column, int columns)
    {
        ColumnSums64.StoreFour(epilogue, row, firstChannel, column, columns, low);
        ColumnSums64.StoreFour(epilogue, row, firstChannel, column + ProductTile.Small, columns, high);
    }
}

/// <summary>The sums of one thread for four neighbouring positions.</summary>
internal readonly struct RowSums<TColumns>(TColumns first, TColumns second, TColumns third, TColumns fourth)
    where TColumns : struct, IColumnSums<TColumns>
{
    private readonly TColumns first = first;
    private readonly TColumns second = second;
    private readonly TColumns third = third;
    private readonly TColumns fourth = fourth;

    /// <summary>Adds the products of one term.</summary>
    public RowSums<TColumns> Add(Float4 left, TColumns right) => new(
        TColumns.MultiplyAdd(left.X, right, first),
        TColumns.MultiplyAdd(left.Y, right, second),
        TColumns.MultiplyAdd(left.Z, right, third),
        TColumns.MultiplyAdd(left.W, right, fourth));

    /// <summary>Finishes the sums and stores those of positions that exist.</summary>
    /// <param name="a">The product.</param>
    /// <param name="firstRow">The output's row of the first position: not 0 where sums are split.</param>
    /// <param name="row">The first of the four positions.</param>
    /// <param name="firstChannel">The first channel of the group.</param>
    /// <param name="column">The thread's first channel within the group.</param>
    public void Store(ProductArguments a, long firstRow, long row, int firstChannel, int column)
    {
        if (row < a.Rows)
        {
            first.Store(a.Epilogue, firstRow + row, firstChannel, column, a.Geometry.Outputs);
        }

        if (row + 1 < a.Rows)
        {
            second.Store(a.Epilogue, firstRow + row + 1, firstChannel, column, a.Geometry.Outputs);
        }

        if (row + 2 < a.Rows)
        {
            third.Store(a.Epilogue, firstRow + row + 2, firstChannel, column, a.Geometry.Outputs);
        }

        if (row + 3 < a.Rows)
        {
            fourth.Store(a.Epilogue, firstRow + row + 3, firstChannel, column, a.Geometry.Outputs);
        }
    }
}
