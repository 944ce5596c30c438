using System.Runtime.CompilerServices;
using Moda.Kernels;
using Moda.Runtime.Options;

namespace Moda.Runtime.Imaging;

/// <summary>
/// Puts rendered crops back into their image. Map and mask of an image are prepared once; a frame costs work only where the crop lies
/// in the image, on all cores, and no new buffers.
/// </summary>
/// <remarks>One object serves one thread at a time.</remarks>
internal sealed class PasteBack
{
    private const string MaskResource = "Moda.Runtime.Imaging.mask_template.png";

    /// <summary>Pixels that are warped before they are blended: 2 KB, so they stay in the nearest cache.</summary>
    private const int RunLength = 512;

    private readonly int cropSize;
    private readonly BilinearWarp? warp;
    private readonly LaplacianBlend? laplacian;
    private readonly Action<int> pasteRow;
    private RgbImage image;
    private Memory<byte> target;
    private bool isKept;

    /// <summary>Prepares pasting.</summary>
    /// <param name="image">What is pasted into; it is not changed.</param>
    /// <param name="cropToImage">From the crop's pixels to the image's.</param>
    /// <param name="cropSize">The side of the crops, in pixels.</param>
    /// <param name="mode">How they are blended.</param>
    /// <param name="border">What lies beyond a crop, of which blending sees a little; the reference's is black.</param>
    public PasteBack(
        RgbImage image, AffineTransform cropToImage, int cropSize, PasteBackMode mode, BorderMode border = BorderMode.Replicate)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(cropSize, 1);
        this.image = image;
        this.cropSize = cropSize;
        Mode = mode;
        pasteRow = PasteRow;
        if (mode == PasteBackMode.None)
        {
            return;
        }
        warp = new BilinearWarp(cropSize, cropSize, cropToImage, image.Width, image.Height, border);
        if (mode != PasteBackMode.FaceMask)
        {
            warp.SetAlpha(FeatherMask(cropSize, border));
        }
        if (mode == PasteBackMode.Laplacian)
        {
            laplacian = new LaplacianBlend(image, warp, border);
        }
    }

    /// <summary>How crops are blended.</summary>
    public PasteBackMode Mode { get; }

    /// <summary>The frames' width, in pixels: the image's, or the crop's where nothing is pasted.</summary>
    public int Width => warp is null ? cropSize : image.Width;

    /// <summary>The frames' height, in pixels: the image's, or the crop's where nothing is pasted.</summary>
    public int Height => warp is null ? cropSize : image.Height;

    /// <summary>Takes another image of the same size, such as the next frame of a video. What was prepared for the last one is reused.</summary>
    /// <param name="next">What is pasted into from now on.</param>
    /// <param name="cropToImage">From the crop's pixels to the image's.</param>
    public void Aim(RgbImage next, AffineTransform cropToImage)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual((next.Width, next.Height), (image.Width, image.Height), nameof(next));
        image = next;
        warp?.Aim(cropToImage);
        laplacian?.Aim(next);
    }

    /// <summary>Makes one frame.</summary>
    /// <param name="crop">[cropSize, cropSize, 3].</param>
    /// <param name="frame">[<see cref="Height"/>, <see cref="Width"/>, 3]; written wholly, unless it is kept.</param>
    /// <param name="faceMask">[cropSize, cropSize], 1 on the face and 0 elsewhere; for <see cref="PasteBackMode.FaceMask"/> only.</param>
    /// <param name="keepsFrame">Whether the crop is pasted over what the frame holds, instead of over the image.</param>
    public void Paste(ReadOnlySpan<byte> crop, Memory<byte> frame, ReadOnlySpan<byte> faceMask = default, bool keepsFrame = false)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(crop.Length, cropSize * cropSize * RgbImage.Channels, nameof(crop));
        ArgumentOutOfRangeException.ThrowIfNotEqual(frame.Length, Width * Height * RgbImage.Channels, nameof(frame));
        ArgumentOutOfRangeException.ThrowIfNotEqual(faceMask.Length, Mode == PasteBackMode.FaceMask ? cropSize * cropSize : 0, nameof(faceMask));
        if (warp is null)
        {
            crop.CopyTo(frame.Span);
            return;
        }
        warp.SetColours(crop);
        if (Mode == PasteBackMode.FaceMask)
        {
            warp.SetAlpha(faceMask, unit: 255);
        }
        if (laplacian is not null)
        {
            laplacian.Blend(frame, keepsFrame);
            return;
        }
        target = frame;
        isKept = keepsFrame;
        Parallel.For(0, image.Height, pasteRow);
        target = default;
    }

    /// <summary>The reference's weight of the crop at each pixel of the image, [height, width], 0 .. 255: the feathered square warped to it.</summary>
    /// <param name="cropToImage">From the crop's pixels to the image's.</param>
    /// <param name="cropSize">The side of the crops, in pixels.</param>
    /// <param name="width">The image's width, in pixels.</param>
    /// <param name="height">The image's height, in pixels.</param>
    public static byte[] FeatherMaskOnImage(AffineTransform cropToImage, int cropSize, int width, int height)
    {
        BilinearWarp warp = new(cropSize, cropSize, cropToImage, width, height);
        warp.SetAlpha(FeatherMask(cropSize, BorderMode.Black));
        byte[] mask = new byte[width * height];
        warp.WarpAlpha(mask, 0, 0, width, height);
        return mask;
    }

    /// <summary>The rows of an image that crops reach: from First up to, not including, End.</summary>
    internal static (int First, int End) ReachedRows(AffineTransform cropToImage, int cropSize, RgbImage image)
    {
        BilinearWarp warp = new(cropSize, cropSize, cropToImage, image.Width, image.Height);
        return (warp.FirstRow, warp.EndRow);
    }

    [SkipLocalsInit]
    private void PasteRow(int y)
    {
        Span<byte> row = target.Span.Slice(y * image.Stride, image.Stride);
        if (!isKept)
        {
            image.Row(y).CopyTo(row);
        }

        (int start, int end) = warp!.Columns(y);
        Span<byte> buffer = stackalloc byte[RunLength * 4];
        for (int x = start; x < end; x += RunLength)
        {
            int count = Math.Min(RunLength, end - x);
            Span<byte> rgba = buffer[..(count * 4)];
            warp.WarpRow(y, x, rgba);
            Span<byte> run = row.Slice(x * RgbImage.Channels, count * RgbImage.Channels);
            AlphaBlend.Over(rgba, run, run);
        }
    }

    /// <summary>
    /// The reference's template (LivePortrait, MIT), grey, at the crop's size. It ends at some levels above 0, which would mix what lies
    /// beyond the crop into the frame: its outermost pixels are taken out, unless black is to lie there as in the reference.
    /// </summary>
    internal static byte[] FeatherMask(int size, BorderMode border = BorderMode.Replicate)
    {
        using Stream resource = typeof(PasteBack).Assembly.GetManifestResourceStream(MaskResource)
            ?? throw new InvalidOperationException($"The library was built without its resource {MaskResource}.");
        byte[] file = new byte[resource.Length];
        resource.ReadExactly(file);
        RgbImage template = ImageFile.Decode(file, MaskResource);
        if (template.Width != size || template.Height != size)
        {
            template = ImageTransforms.ResizeBilinear(template, size, size);
        }
        byte[] mask = new byte[size * size];
        for (int i = 0; i < mask.Length; i++)
        {
            mask[i] = template.Pixels[i * RgbImage.Channels];
        }
        if (border == BorderMode.Replicate)
        {
            mask.AsSpan(0, size).Clear();
            mask.AsSpan(mask.Length - size).Clear();
            for (int y = 1; y < size; y++)
            {
                mask.AsSpan(y * size - 1, 2).Clear();
            }
        }
        return mask;
    }
}
