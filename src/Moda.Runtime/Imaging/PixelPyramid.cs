using System.Buffers;
using System.Runtime.Intrinsics;

namespace Moda.Runtime.Imaging;

/// <summary>
/// One level of an image pyramid, float32 [height, width, 4], with the steps to and from the next level. The steps use the 1 4 6 4 1 kernel
/// (Burt and Adelson 1983; OpenCV's pyrDown and pyrUp with mirrored edges). They work row by row, so that a caller can distribute rows over
/// threads.
/// </summary>
internal sealed class PixelPyramid
{
    private Vector128<float>[] pixels = [];

    public int Width { get; private set; }

    public int Height { get; private set; }

    public Span<Vector128<float>> Row(int y) => pixels.AsSpan(y * Width, Width);

    /// <summary>Sets the size. The pixels are undefined afterwards. A smaller size needs no new memory.</summary>
    public void Resize(int width, int height)
    {
        Width = width;
        Height = height;
        GrowingBuffer.Fit(ref pixels, width * height);
    }

    /// <summary>Fills one row of this level from the next finer level.</summary>
    public void DownRow(PixelPyramid finer, int y)
    {
        Vector128<float>[] buffer = ArrayPool<Vector128<float>>.Shared.Rent(finer.Width);
        Span<Vector128<float>> column = buffer.AsSpan(0, finer.Width);
        ReadOnlySpan<Vector128<float>> a = finer.Row(Mirror(2 * y - 2, finer.Height));
        ReadOnlySpan<Vector128<float>> b = finer.Row(Mirror(2 * y - 1, finer.Height));
        ReadOnlySpan<Vector128<float>> c = finer.Row(2 * y);
        ReadOnlySpan<Vector128<float>> d = finer.Row(Mirror(2 * y + 1, finer.Height));
        ReadOnlySpan<Vector128<float>> e = finer.Row(Mirror(2 * y + 2, finer.Height));
        for (int x = 0; x < column.Length; x++)
        {
            column[x] = Smooth(a[x], b[x], c[x], d[x], e[x]);
        }

        Span<Vector128<float>> row = Row(y);
        int inner = (finer.Width - 3) / 2;
        for (int x = 0; x < row.Length; x++)
        {
            int middle = 2 * x;
            row[x] = x > 0 && x <= inner
                ? Smooth(column[middle - 2], column[middle - 1], column[middle], column[middle + 1], column[middle + 2])
                : Smooth(
                    column[Mirror(middle - 2, finer.Width)],
                    column[Mirror(middle - 1, finer.Width)],
                    column[middle],
                    column[Mirror(middle + 1, finer.Width)],
                    column[Mirror(middle + 2, finer.Width)]);
        }
        ArrayPool<Vector128<float>>.Shared.Return(buffer);
    }

    /// <summary>Adds the enlarged coarser level, times a factor, to one row of this level.</summary>
    /// <remarks>When a side is odd, the last enlarged row or column is dropped.</remarks>
    public void AddUpRow(PixelPyramid coarser, int y, float factor)
    {
        Vector128<float>[] buffer = ArrayPool<Vector128<float>>.Shared.Rent(coarser.Width);
        Span<Vector128<float>> column = buffer.AsSpan(0, coarser.Width);
        int below = Math.Min(y / 2 + 1, coarser.Height - 1);
        ReadOnlySpan<Vector128<float>> middle = coarser.Row(y / 2);
        ReadOnlySpan<Vector128<float>> next = coarser.Row(below);
        if ((y & 1) == 0)
        {
            ReadOnlySpan<Vector128<float>> previous = coarser.Row(y == 0 ? below : y / 2 - 1);
            for (int x = 0; x < column.Length; x++)
            {
                column[x] = (previous[x] + next[x] + middle[x] * 6) * (factor / 8);
            }
        }
        else
        {
            for (int x = 0; x < column.Length; x++)
            {
                column[x] = (middle[x] + next[x]) * (factor / 2);
            }
        }

        Span<Vector128<float>> row = Row(y);
        for (int x = 0; x < column.Length; x++)
        {
            Vector128<float> right = column[Math.Min(x + 1, column.Length - 1)];
            Vector128<float> left = x == 0 ? right : column[x - 1];
            row[2 * x] += (left + right + column[x] * 6) * 0.125f;
            if (2 * x + 1 < row.Length)
            {
                row[2 * x + 1] += (column[x] + right) * 0.5f;
            }
        }
        ArrayPool<Vector128<float>>.Shared.Return(buffer);
    }

    /// <summary>Mirrors an index outside the range at the last pixel, without repeating that pixel.</summary>
    public static int Mirror(int index, int size)
    {
        if (size == 1)
        {
            return 0;
        }
        while (index < 0 || index >= size)
        {
            index = index < 0 ? -index : 2 * size - 2 - index;
        }
        return index;
    }

    private static Vector128<float> Smooth(Vector128<float> a, Vector128<float> b, Vector128<float> c, Vector128<float> d, Vector128<float> e) =>
        (a + e + (b + d) * 4 + c * 6) * 0.0625f;
}
