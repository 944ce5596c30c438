using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Moda.Runtime.Options;

namespace Moda.Runtime.Imaging;

/// <summary>
/// Blends a warped crop into an image in frequency bands (Burt and Adelson 1983): fine detail is blended over a few pixels, broad
/// brightness over many. There are three bands above a base. The result is then faded into the image with the eroded and blurred mask.
/// </summary>
/// <remarks>
/// <para>
/// The reference pairs the bands from coarse to fine with the mask's levels from fine to coarse, and resizes each mask to its band.
/// Therefore the finest band is blended softly and the base sharply. This class does the same.
/// </para>
/// <para>
/// A Laplacian pyramid is linear and rebuilds its image. Therefore blending the pyramids of crop and image equals adding the masked pyramid
/// of their difference to the image. Each frame then needs only one pyramid, and only around the mask.
/// </para>
/// <para>
/// For a level with an odd side, the reference enlarges to one pixel more and resizes. This class drops the last row or column instead,
/// which does not shift the image.
/// </para>
/// </remarks>
internal sealed class LaplacianBlend
{
    private const int BandCount = 3;

    /// <summary>The side of the ellipse that erodes the mask, and of the square that blurs it.</summary>
    private const int FadeSize = 32;

    /// <summary>
    /// The distance from the mask at which a pixel can still affect the result: the reach of three pyramid steps down and up, and of the
    /// blur.
    /// </summary>
    private const int Margin = 40;

    private readonly BilinearWarp warp;
    private readonly BorderMode border;
    private readonly BlendWeights weights = new(BandCount, FadeSize);
    private readonly PixelPyramid[] levels = [.. Enumerable.Range(0, BandCount + 1).Select(_ => new PixelPyramid())];
    private RgbImage image;
    private int left;
    private int top;
    private readonly Action<int> copyRow;
    private readonly Action<int> differenceRow;
    private readonly Action<int> downRow;
    private readonly Action<int> bandRow;
    private readonly Action<int> rebuildRow;
    private readonly Action<int> finishRow;
    private Memory<byte> target;
    private int level;

    /// <summary>Prepares blending.</summary>
    /// <param name="image">The image that crops are blended into.</param>
    /// <param name="warp">The warp from the crop to the image. Its alpha is the mask.</param>
    /// <param name="border">What counts as the colour outside the crop: black, or the image itself.</param>
    public LaplacianBlend(RgbImage image, BilinearWarp warp, BorderMode border)
    {
        this.border = border;
        this.warp = warp;
        this.image = image;
        Aim(image);
        copyRow = CopyRow;
        differenceRow = DifferenceRow;
        downRow = y => levels[level].DownRow(levels[level - 1], y);
        bandRow = BandRow;
        rebuildRow = y => levels[level].AddUpRow(levels[level + 1], y, factor: 1);
        finishRow = FinishRow;
    }

    /// <summary>Sets another image of the same size, and uses the warp's current map. Buffers are reused if they are large enough.</summary>
    /// <param name="image">The image that crops are blended into.</param>
    public void Aim(RgbImage image)
    {
        this.image = image;
        (left, top, int width, int height) = Window(image, warp);
        for (int i = 0; i < levels.Length; i++)
        {
            levels[i].Resize(i == 0 ? width : (levels[i - 1].Width + 1) / 2, i == 0 ? height : (levels[i - 1].Height + 1) / 2);
        }
        weights.Compute(warp, left, top, image, levels);
    }

    /// <summary>Creates one frame from the colours in the warp's source.</summary>
    /// <param name="frame">[image height, image width, 3]; it is completely overwritten unless <paramref name="keepsFrame"/> is set.</param>
    /// <param name="keepsFrame">Whether the crop is blended into the frame's current content instead of the image.</param>
    public void Blend(Memory<byte> frame, bool keepsFrame)
    {
        target = frame;
        if (!keepsFrame)
        {
            Parallel.For(0, image.Height, copyRow);
        }

        Parallel.For(0, levels[0].Height, differenceRow);
        for (level = 1; level <= BandCount; level++)
        {
            Parallel.For(0, levels[level].Height, downRow);
        }
        // In ascending order, because a level's band needs the next level before that one becomes a band itself.
        for (level = 0; level <= BandCount; level++)
        {
            Parallel.For(0, levels[level].Height, bandRow);
        }
        for (level = BandCount - 1; level >= 0; level--)
        {
            Parallel.For(0, levels[level].Height, rebuildRow);
        }
        Parallel.For(0, levels[0].Height, finishRow);
        target = default;
    }

    private void CopyRow(int y) => image.Row(y).CopyTo(target.Span[(y * image.Stride)..]);

    /// <summary>Computes a row of level 0: the warped crop minus the image. Outside the crop it is zero, or black minus the image.</summary>
    [SkipLocalsInit]
    private void DifferenceRow(int row)
    {
        int y = top + row;
        Span<Vector128<float>> difference = levels[0].Row(row);
        ReadOnlySpan<byte> behind = target.Span.Slice(y * image.Stride, image.Stride)[(left * RgbImage.Channels)..];
        (int start, int end) = warp.Columns(y);
        start = Math.Max(start, left);
        end = Math.Min(end, left + difference.Length);
        difference.Clear();
        (int first, int last) = border == BorderMode.Black ? (0, difference.Length) : (start - left, end - left);
        for (int x = first; x < last; x++)
        {
            difference[x] = -Vector128.Create(behind[x * 3], behind[x * 3 + 1], behind[x * 3 + 2], 0f);
        }

        const int RunLength = 256;
        Span<byte> buffer = stackalloc byte[RunLength * 4];
        for (int x = start; x < end; x += RunLength)
        {
            Span<byte> rgba = buffer[..(Math.Min(RunLength, end - x) * 4)];
            warp.WarpRow(y, x, rgba);
            Span<Vector128<float>> run = difference[(x - left)..];
            for (int i = 0; i < rgba.Length; i += 4)
            {
                run[i / 4] += Vector128.Create(rgba[i], rgba[i + 1], rgba[i + 2], 0f);
            }
        }
    }

    /// <summary>
    /// Turns a level into its masked band: the level minus the enlarged next level, times the mask. The last level is the base; it is
    /// only multiplied by the mask.
    /// </summary>
    private void BandRow(int y)
    {
        if (level < BandCount)
        {
            levels[level].AddUpRow(levels[level + 1], y, factor: -1);
        }
        Span<Vector128<float>> row = levels[level].Row(y);
        ReadOnlySpan<float> weight = weights.Band(level).Slice(y * row.Length, row.Length);
        for (int x = 0; x < row.Length; x++)
        {
            row[x] *= weight[x];
        }
    }

    private void FinishRow(int row)
    {
        ReadOnlySpan<Vector128<float>> change = levels[0].Row(row);
        ReadOnlySpan<float> faded = weights.Fade.Slice(row * change.Length, change.Length);
        int offset = left * RgbImage.Channels;
        Span<byte> result = target.Span[((top + row) * image.Stride + offset)..];
        Vector128<float> white = Vector128.Create(255f);
        for (int x = 0; x < change.Length; x++)
        {
            if (faded[x] == 0)
            {
                continue;
            }
            Vector128<float> pixel = Vector128.Create(result[x * 3], result[x * 3 + 1], result[x * 3 + 2], 0f);
            // The reference truncates the blend to bytes before it fades it in.
            Vector128<float> blended = Vector128.Truncate(Vector128.Clamp(pixel + change[x], Vector128<float>.Zero, white));
            Vector128<int> mixed = Vector128.ConvertToInt32(pixel + (blended - pixel) * faded[x]);
            result[x * 3] = (byte)mixed[0];
            result[x * 3 + 1] = (byte)mixed[1];
            result[x * 3 + 2] = (byte)mixed[2];
        }
    }

    /// <summary>The part of the image around the mask. It begins at a whole pixel of the coarsest level.</summary>
    private static (int Left, int Top, int Width, int Height) Window(RgbImage image, BilinearWarp warp)
    {
        const int Step = 1 << BandCount;
        int first = image.Width;
        int last = 0;
        for (int y = warp.FirstRow; y < warp.EndRow; y++)
        {
            (int start, int end) = warp.Columns(y);
            if (start < end)
            {
                first = Math.Min(first, start);
                last = Math.Max(last, end);
            }
        }
        int left = Math.Max(0, first - Margin) / Step * Step;
        int top = Math.Max(0, warp.FirstRow - Margin) / Step * Step;
        int right = Math.Min(image.Width, (last + Margin + Step - 1) / Step * Step);
        int bottom = Math.Min(image.Height, (warp.EndRow + Margin + Step - 1) / Step * Step);
        return (left, top, Math.Max(1, right - left), Math.Max(1, bottom - top));
    }
}
