using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Moda.Kernels;
using Moda.Runtime.Options;

namespace Moda.Runtime.Imaging;

/// <summary>
/// Warps images of one size by an affine map, with bilinear sampling. Outside the image it is transparent. The pixels just outside are
/// black, or repeat the colours of the image's edge, because samples at the edge read one pixel beyond it. All buffers are created once;
/// neither a warp nor a new map allocates memory.
/// </summary>
/// <remarks>
/// Source coordinates are rounded to 1/32 pixel in the same fixed-point steps as OpenCV's warpAffine (INTER_LINEAR,
/// BORDER_CONSTANT), so the bytes are the same as the reference's.
/// </remarks>
internal sealed class BilinearWarp
{
    private const int FractionBits = 5;
    private const int FractionCount = 1 << FractionBits;
    private const int PositionBits = 10;
    private const int PositionScale = 1 << PositionBits;
    private const int RoundingShift = PositionBits - FractionBits;
    private const int BytesPerPixel = 4;

    private readonly int sourceWidth;
    private readonly int sourceHeight;
    private readonly BorderMode border;
    private readonly int paddedStride;

    // Created with the first colours or alpha, because callers that only need rows and columns do not need it.
    private byte[] padded = [];
    private AffineTransform toSource;
    private readonly int[] stepX;
    private readonly int[] stepY;
    private readonly int[] firstColumn;
    private readonly int[] endColumn;

    /// <summary>Precomputes the warp.</summary>
    /// <param name="sourceWidth">The source's width in pixels.</param>
    /// <param name="sourceHeight">The source's height in pixels.</param>
    /// <param name="sourceToDestination">Maps source pixels to destination pixels.</param>
    /// <param name="width">The destination's width in pixels.</param>
    /// <param name="height">The destination's height in pixels.</param>
    /// <param name="border">The colours outside the source's edge.</param>
    public BilinearWarp(
        int sourceWidth, int sourceHeight, AffineTransform sourceToDestination, int width, int height, BorderMode border = BorderMode.Replicate)
    {
        this.border = border;
        this.sourceWidth = sourceWidth;
        this.sourceHeight = sourceHeight;
        // A transparent border of one pixel makes all four taps readable for every sample that touches the image.
        paddedStride = (sourceWidth + 2) * BytesPerPixel;
        stepX = new int[width];
        stepY = new int[width];
        firstColumn = new int[height];
        endColumn = new int[height];
        Aim(sourceToDestination);
    }

    /// <summary>The first destination row that the source reaches.</summary>
    public int FirstRow { get; private set; }

    /// <summary>One past the last destination row that the source reaches.</summary>
    public int EndRow { get; private set; }

    /// <summary>The destination columns that the source reaches in a row, from Start to End (exclusive).</summary>
    public (int Start, int End) Columns(int y) => (firstColumn[y], endColumn[y]);

    /// <summary>Sets another map between images of the same sizes. Colours and alpha stay.</summary>
    /// <param name="sourceToDestination">Maps source pixels to destination pixels.</param>
    public void Aim(AffineTransform sourceToDestination)
    {
        toSource = sourceToDestination.Invert();
        FillSteps(toSource.XX, stepX);
        FillSteps(toSource.YX, stepY);
        FirstRow = firstColumn.Length;
        EndRow = 0;
        for (int y = 0; y < firstColumn.Length; y++)
        {
            (firstColumn[y], endColumn[y]) = FindColumns(y, stepX.Length);
            if (firstColumn[y] < endColumn[y])
            {
                FirstRow = Math.Min(FirstRow, y);
                EndRow = y + 1;
            }
        }
        FirstRow = Math.Min(FirstRow, EndRow);
    }

    /// <summary>Sets the source's colours and keeps its alpha.</summary>
    /// <param name="rgb">[height, width, 3] of the source.</param>
    public void SetColours(ReadOnlySpan<byte> rgb)
    {
        MakeSource();
        for (int y = 0; y < sourceHeight; y++)
        {
            RgbaConversion.ExpandKeepingAlpha(rgb.Slice(y * sourceWidth * RgbImage.Channels, sourceWidth * RgbImage.Channels), SourceRow(y));
        }
        if (border == BorderMode.Replicate)
        {
            ReplicateEdges();
        }
    }

    /// <summary>Copies the source's edge colours to the border pixels. The border stays transparent.</summary>
    private void ReplicateEdges()
    {
        const uint Colours = 0x00FFFFFF;
        Span<uint> pixels = MemoryMarshal.Cast<byte, uint>(padded.AsSpan());
        int stride = sourceWidth + 2;
        for (int y = 1; y <= sourceHeight; y++)
        {
            Span<uint> row = pixels.Slice(y * stride, stride);
            row[0] = row[1] & Colours;
            row[^1] = row[^2] & Colours;
        }
        ReadOnlySpan<uint> first = pixels.Slice(stride, stride);
        ReadOnlySpan<uint> last = pixels.Slice(sourceHeight * stride, stride);
        for (int x = 0; x < stride; x++)
        {
            pixels[x] = first[x] & Colours;
            pixels[(sourceHeight + 1) * stride + x] = last[x] & Colours;
        }
    }

    /// <summary>Sets the source's alpha and keeps its colours.</summary>
    /// <param name="alpha">[height, width] of the source, 0 .. 255.</param>
    /// <param name="unit">The factor for the given values: 1, or 255 for a mask of zeros and ones.</param>
    public void SetAlpha(ReadOnlySpan<byte> alpha, int unit = 1)
    {
        MakeSource();
        for (int y = 0; y < sourceHeight; y++)
        {
            ReadOnlySpan<byte> values = alpha.Slice(y * sourceWidth, sourceWidth);
            Span<uint> row = MemoryMarshal.Cast<byte, uint>(SourceRow(y));
            for (int x = 0; x < row.Length; x++)
            {
                row[x] = (row[x] & 0x00FFFFFF) | (uint)(byte)(values[x] * unit) << 24;
            }
        }
    }

    /// <summary>Samples a run of one destination row.</summary>
    /// <param name="y">The row.</param>
    /// <param name="start">The first column, within <see cref="Columns"/>.</param>
    /// <param name="rgba">[n, 4]. It receives n columns, which must lie within <see cref="Columns"/>.</param>
    public void WarpRow(int y, int start, Span<byte> rgba)
    {
        (int originX, int originY) = RowOrigin(y);
        int count = rgba.Length / BytesPerPixel;
        ReadOnlySpan<int> xs = stepX.AsSpan(start, count);
        ReadOnlySpan<int> ys = stepY.AsSpan(start, count);
        ref byte source = ref MemoryMarshal.GetArrayDataReference(padded);
        Span<uint> pixels = MemoryMarshal.Cast<byte, uint>(rgba);
        for (int i = 0; i < pixels.Length; i++)
        {
            int x32 = (originX + xs[i]) >> RoundingShift;
            int y32 = (originY + ys[i]) >> RoundingShift;
            // The access is in range: FindColumns has checked both ends of the row, and positions between them are monotonic.
            nuint offset = (nuint)(((y32 >> FractionBits) + 1) * paddedStride + ((x32 >> FractionBits) + 1) * BytesPerPixel);
            pixels[i] = Sample(ref source, offset, x32 & (FractionCount - 1), y32 & (FractionCount - 1));
        }
    }

    /// <summary>Samples the alpha of a rectangle of the destination. It is 0 outside the source.</summary>
    /// <param name="alpha">[height, width].</param>
    /// <param name="left">The rectangle's first column.</param>
    /// <param name="top">The rectangle's first row.</param>
    /// <param name="width">The rectangle's width.</param>
    /// <param name="height">The rectangle's height.</param>
    public void WarpAlpha(Span<byte> alpha, int left, int top, int width, int height)
    {
        alpha.Clear();
        byte[] rgba = ArrayPool<byte>.Shared.Rent(width * BytesPerPixel);
        for (int y = top; y < top + height; y++)
        {
            int start = Math.Max(firstColumn[y], left);
            int count = Math.Min(endColumn[y], left + width) - start;
            if (count <= 0)
            {
                continue;
            }
            WarpRow(y, start, rgba.AsSpan(0, count * BytesPerPixel));
            Span<byte> row = alpha.Slice((y - top) * width + start - left, count);
            for (int i = 0; i < count; i++)
            {
                row[i] = rgba[i * BytesPerPixel + 3];
            }
        }
        ArrayPool<byte>.Shared.Return(rgba);
    }

    /// <summary>Interpolates one RGBA pixel from the 2 x 2 pixels at an offset. The weights sum to 1024, and halves round up.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint Sample(ref byte source, nuint offset, int fractionX, int fractionY)
    {
        Vector128<ushort> upper = TwoPixels(ref source, offset);
        Vector128<ushort> lower = TwoPixels(ref source, offset + (nuint)paddedStride);
        Vector128<ushort> column = upper * Vector128.Create((ushort)(FractionCount - fractionY)) + lower * Vector128.Create((ushort)fractionY);
        Vector128<uint> left = Vector128.WidenLower(column);
        Vector128<uint> right = Vector128.WidenUpper(column);
        Vector128<uint> sum = left * Vector128.Create((uint)(FractionCount - fractionX)) + right * Vector128.Create((uint)fractionX);
        Vector128<uint> rounded = (sum + Vector128.Create(512u)) >>> (2 * FractionBits);
        Vector128<ushort> words = Vector128.Narrow(rounded, rounded);
        return Vector128.Narrow(words, words).AsUInt32().ToScalar();
    }

    private static Vector128<ushort> TwoPixels(ref byte source, nuint offset) =>
        Vector128.WidenLower(Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<ulong>(ref Unsafe.AddByteOffset(ref source, offset))).AsByte());

    private void MakeSource()
    {
        if (padded.Length == 0)
        {
            padded = new byte[paddedStride * (sourceHeight + 2)];
        }
    }

    private Span<byte> SourceRow(int y) => padded.AsSpan((y + 1) * paddedStride + BytesPerPixel, sourceWidth * BytesPerPixel);

    private (int X, int Y) RowOrigin(int y)
    {
        const int Half = PositionScale / FractionCount / 2;
        return (ToPosition(toSource.XY * y + toSource.X0) + Half, ToPosition(toSource.YY * y + toSource.Y0) + Half);
    }

    private static void FillSteps(double perPixel, int[] steps)
    {
        for (int x = 0; x < steps.Length; x++)
        {
            steps[x] = ToPosition(perPixel * x);
        }
    }

    // Clamps to half the range of an int, so that the sum of a row's origin and a step does not overflow.
    private static int ToPosition(double pixels) =>
        (int)Math.Clamp(Math.Round(pixels * PositionScale), int.MinValue / 2, int.MaxValue / 2);

    /// <summary>
    /// Finds the columns of a row where at least one of the four taps lies in the source. They are one interval, because positions are
    /// monotonic.
    /// </summary>
    private (int Start, int End) FindColumns(int y, int width)
    {
        (int originX, int originY) = RowOrigin(y);
        int start = 0;
        int end = width;
        Narrow(stepX, originX, sourceWidth, ref start, ref end);
        Narrow(stepY, originY, sourceHeight, ref start, ref end);
        return start < end ? (start, end) : (0, 0);
    }

    private static void Narrow(int[] steps, int origin, int size, ref int start, ref int end)
    {
        bool rising = steps[^1] >= steps[0];
        // Whole-pixel coordinates from -1 to size - 1 reach the source.
        int first = FirstColumnBeyond(steps, origin, rising, rising ? -1 : size - 1);
        int last = FirstColumnBeyond(steps, origin, rising, rising ? size : -2);
        start = Math.Max(start, first);
        end = Math.Min(end, last);
    }

    /// <summary>Finds the first column whose coordinate reaches a limit, by binary search in rising or falling order.</summary>
    private static int FirstColumnBeyond(int[] steps, int origin, bool rising, int limit)
    {
        int low = 0;
        int high = steps.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            int coordinate = (origin + steps[middle]) >> PositionBits;
            if (rising ? coordinate >= limit : coordinate <= limit)
            {
                high = middle;
            }
            else
            {
                low = middle + 1;
            }
        }
        return low;
    }
}
