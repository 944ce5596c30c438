using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Moda.Runtime.Options;

namespace Moda.Runtime.Imaging;

/// <summary>
/// Blends a warped crop into an image band by band (Burt and Adelson 1983): fine detail changes over within a few pixels,
/// broad brightness over many. Three bands above a base, then the result is faded in with the mask, eroded and blurred.
/// </summary>
/// <remarks>
/// <para>The reference walks the bands from coarse to fine and the mask's levels from fine to coarse, each mask resized to
/// its band: the finest band changes over softly, the base sharply. So does this class.</para>
/// <para>A Laplacian pyramid is linear and rebuilds its image, so blending the pyramids of crop and image equals adding to
/// the image the pyramid of their difference times the mask. That leaves one pyramid for each frame, and it is needed
/// only around the mask.</para>
/// <para>Where a level has an odd side, the reference enlarges to one more and resizes; here the last row or column is
/// dropped instead, which moves nothing.</para>
/// </remarks>
internal sealed class LaplacianBlend
{
    private const int BandCount = 3;

    /// <summary>Side of the ellipse that erodes the mask and of the square that then blurs it.</summary>
    private const int FadeSize = 32;

    /// <summary>How far beyond the mask a pixel can still count: the reach of three steps down and up, and of the blur.</summary>
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
    /// <param name="image">What is blended into.</param>
    /// <param name="warp">From the crop to the image, its alpha being the mask.</param>
    /// <param name="border">What lies around the crop: black, or what the image shows there.</param>
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

    /// <summary>Takes another image of the same size, and the warp as it is now. Buffers are kept where they are large enough.</summary>
    /// <param name="image">What is blended into.</param>
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

    /// <summary>Makes one frame from the colours that the warp's source holds.</summary>
    /// <param name="frame">[image height, image width, 3]; written wholly, unless it is kept.</param>
    /// <param name="keepsFrame">Whether the crop is blended into what the frame holds, instead of into the image.</param>
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
        // Ascending: a level's band needs the next level before that turns into a band itself.
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

    /// <summary>Level 0: the warped crop minus the image; outside the crop nothing, or black minus the image.</summary>
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

    /// <summary>A level becomes its band (itself minus the next level enlarged) times the mask; the last is its own base.</summary>
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
            // The reference stores the blend as bytes, truncated, before it fades it in.
            Vector128<float> blended = Vector128.Truncate(Vector128.Clamp(pixel + change[x], Vector128<float>.Zero, white));
            Vector128<int> mixed = Vector128.ConvertToInt32(pixel + (blended - pixel) * faded[x]);
            result[x * 3] = (byte)mixed[0];
            result[x * 3 + 1] = (byte)mixed[1];
            result[x * 3 + 2] = (byte)mixed[2];
        }
    }

    /// <summary>The part of the image around the mask; it begins at a whole pixel of the coarsest level.</summary>
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
