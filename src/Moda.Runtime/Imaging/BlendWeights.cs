using System.Runtime.Intrinsics;

namespace Moda.Runtime.Imaging;

/// <summary>
/// The weight of a warped crop at each pixel of a window in <see cref="LaplacianBlend"/>, for each band and for the result. Buffers are
/// reused from one crop to the next. Only one thread may use it at a time.
/// </summary>
/// <param name="bandCount">The number of bands above the base.</param>
/// <param name="fadeSize">The side of the ellipse that erodes the mask, and of the square that blurs it; an even number.</param>
internal sealed class BlendWeights(int bandCount, int fadeSize)
{
    private readonly float[][] bands = [.. Enumerable.Range(0, bandCount + 1).Select(_ => Array.Empty<float>())];
    private float[] fade = [];
    private byte[] mask = [];
    private byte[] eroded = [];
    private byte[] scratch = [];
    private int[] rowSums = [];
    private int[] columnSums = [];
    private Tap[] columns = [];

    /// <summary>
    /// [height, width] of the window: the mask divided by its largest value, eroded and averaged over a square. It is 0 at the mask's edge.
    /// </summary>
    public ReadOnlySpan<float> Fade => fade;

    /// <summary>The weights of a band, [height, width] of its level: the mask of the level counted from the other end, resized to the band.</summary>
    /// <param name="band">The band's index; 0 is the finest.</param>
    public ReadOnlySpan<float> Band(int band) => bands[band];

    /// <summary>Computes all weights of a crop.</summary>
    /// <param name="warp">The warp from the crop to the image. Its alpha is the mask.</param>
    /// <param name="left">The window's first column in the image.</param>
    /// <param name="top">The rectangle's first row.</param>
    /// <param name="image">The image.</param>
    /// <param name="levels">The levels of the window, with their sizes set. Their pixels are overwritten.</param>
    public void Compute(BilinearWarp warp, int left, int top, RgbImage image, PixelPyramid[] levels)
    {
        (int width, int height) = (levels[0].Width, levels[0].Height);
        GrowingBuffer.Fit(ref mask, width * height);
        Span<byte> own = mask.AsSpan(0, width * height);
        warp.WarpAlpha(own, left, top, width, height);
        FillLevels(own, levels);
        for (int band = 0; band < bands.Length; band++)
        {
            int from = bandCount - band;
            GrowingBuffer.Fit(ref bands[band], levels[band].Width * levels[band].Height);
            Resize(levels[from], levels[band], (left, top), image, from, band);
        }
        ComputeFade(own, width, height);
    }

    // The first lane holds the mask and its pyramid.
    private static void FillLevels(ReadOnlySpan<byte> mask, PixelPyramid[] levels)
    {
        for (int y = 0; y < levels[0].Height; y++)
        {
            Span<Vector128<float>> row = levels[0].Row(y);
            ReadOnlySpan<byte> values = mask.Slice(y * row.Length, row.Length);
            for (int x = 0; x < row.Length; x++)
            {
                row[x] = Vector128.CreateScalar(values[x] / 255f);
            }
        }
        for (int i = 1; i < levels.Length; i++)
        {
            for (int y = 0; y < levels[i].Height; y++)
            {
                levels[i].DownRow(levels[i - 1], y);
            }
        }
    }

    /// <summary>
    /// Resizes the window of one level to another level, bilinearly, with the same result as resizing the level of the whole image.
    /// </summary>
    private void Resize(PixelPyramid source, PixelPyramid target, (int Left, int Top) origin, RgbImage image, int from, int to)
    {
        (int width, int height) = (target.Width, target.Height);
        float[] result = bands[to];
        GrowingBuffer.Fit(ref columns, width);
        for (int x = 0; x < width; x++)
        {
            columns[x] = Tap.At(x, source.Width, origin.Left, image.Width, from, to);
        }
        for (int y = 0; y < height; y++)
        {
            Tap row = Tap.At(y, source.Height, origin.Top, image.Height, from, to);
            ReadOnlySpan<Vector128<float>> upper = source.Row(row.First);
            ReadOnlySpan<Vector128<float>> lower = source.Row(row.Second);
            Span<float> values = result.AsSpan(y * width, width);
            for (int x = 0; x < values.Length; x++)
            {
                Tap column = columns[x];
                float right = column.SecondWeight;
                float above = upper[column.First].ToScalar() * (1 - right) + upper[column.Second].ToScalar() * right;
                float below = lower[column.First].ToScalar() * (1 - right) + lower[column.Second].ToScalar() * right;
                values[x] = above * (1 - row.SecondWeight) + below * row.SecondWeight;
            }
        }
    }

    private void ComputeFade(ReadOnlySpan<byte> mask, int width, int height)
    {
        GrowingBuffer.Fit(ref fade, mask.Length);
        int largest = 0;
        foreach (byte value in mask)
        {
            largest = Math.Max(largest, value);
        }
        if (largest == 0)
        {
            fade.AsSpan(0, mask.Length).Clear();
            return;
        }
        GrowingBuffer.Fit(ref scratch, Morphology.EllipseScratchLength(width, height, fadeSize));
        GrowingBuffer.Fit(ref eroded, mask.Length);
        Morphology.ErodeByEllipse(mask, width, height, fadeSize, scratch, eroded.AsSpan(0, mask.Length));
        SumRows(width, height);
        SumColumns(width, height, 1f / (fadeSize * fadeSize * largest));
    }

    // Sums runs of the fade's size, centred on each column, with mirrored ends.
    private void SumRows(int width, int height)
    {
        GrowingBuffer.Fit(ref rowSums, width * height);
        for (int y = 0; y < height; y++)
        {
            ReadOnlySpan<byte> values = eroded.AsSpan(y * width, width);
            Span<int> sums = rowSums.AsSpan(y * width, width);
            int sum = 0;
            for (int i = -fadeSize / 2; i < fadeSize / 2; i++)
            {
                sum += values[PixelPyramid.Mirror(i, width)];
            }
            for (int x = 0; x < width; x++)
            {
                sums[x] = sum;
                sum += values[PixelPyramid.Mirror(x + fadeSize / 2, width)] - values[PixelPyramid.Mirror(x - fadeSize / 2, width)];
            }
        }
    }

    // The same for all columns at once.
    private void SumColumns(int width, int height, float scale)
    {
        GrowingBuffer.Fit(ref columnSums, width);
        Span<int> sums = columnSums.AsSpan(0, width);
        sums.Clear();
        for (int i = -fadeSize / 2; i < fadeSize / 2; i++)
        {
            ReadOnlySpan<int> row = Row(i);
            for (int x = 0; x < sums.Length; x++)
            {
                sums[x] += row[x];
            }
        }
        for (int y = 0; y < height; y++)
        {
            Span<float> faded = fade.AsSpan(y * width, width);
            ReadOnlySpan<int> entering = Row(y + fadeSize / 2);
            ReadOnlySpan<int> leaving = Row(y - fadeSize / 2);
            for (int x = 0; x < sums.Length; x++)
            {
                faded[x] = sums[x] * scale;
                sums[x] += entering[x] - leaving[x];
            }
        }

        ReadOnlySpan<int> Row(int y) => rowSums.AsSpan(PixelPyramid.Mirror(y, height) * width, width);
    }

    /// <summary>The two indices of one level around an index of another level.</summary>
    private readonly record struct Tap(int First, int Second, float SecondWeight)
    {
        /// <summary>Computes the indices. Sizes are those of the whole image, rounded up at each level.</summary>
        public static Tap At(int index, int count, int origin, int size, int from, int to)
        {
            double scale = (double)SizeAt(size, from) / SizeAt(size, to);
            double position = ((origin >> to) + index + 0.5) * scale - 0.5 - (origin >> from);
            double first = Math.Clamp(Math.Floor(position), 0, count - 1);
            double second = Math.Min(first + 1, count - 1);
            return new Tap((int)first, (int)second, (float)Math.Clamp(position - first, 0, 1));
        }

        private static int SizeAt(int size, int level) => (size + (1 << level) - 1) >> level;
    }
}
