using System.Runtime.CompilerServices;
using Moda.Kernels;
using Moda.Runtime.Options;

namespace Moda.Runtime.Imaging;

/// <summary>
/// Pastes rendered crops back into their image. The map and the mask of an image are prepared once. Each frame needs work only where the
/// crop lies in the image, uses all cores, and allocates no buffers.
/// </summary>
/// <remarks>Only one thread may use an object at a time.</remarks>
internal sealed class PasteBack
{
    private const string MaskResource = "Moda.Runtime.Imaging.mask_template.png";

    /// <summary>The number of pixels that are warped before they are blended. They have 2 KB and stay in the L1 cache.</summary>
    private const int RunLength = 512;

    private readonly int cropSize;
    private readonly BilinearWarp? warp;
    private readonly LaplacianBlend? laplacian;
    private readonly Action<int> pasteRow;
    private RgbImage image;
    private Memory<byte> target;
    private bool isKept;

    /// <summary>Prepares pasting.</summary>
    /// <param name="image">The image that crops are pasted into. It is not changed.</param>
    /// <param name="cropToImage">Maps the crop's pixels to the image's.</param>
    /// <param name="cropSize">The side of the crops, in pixels.</param>
    /// <param name="mode">How crops are blended.</param>
    /// <param name="border">The colours just outside a crop, which blending reads. The reference uses black.</param>
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

    /// <summary>The width of frames in pixels: the image's width, or the crop's when nothing is pasted.</summary>
    public int Width => warp is null ? cropSize : image.Width;

    /// <summary>The height of frames in pixels: the image's height, or the crop's when nothing is pasted.</summary>
    public int Height => warp is null ? cropSize : image.Height;

    /// <summary>Sets another image of the same size, such as the next frame of a video. Prepared buffers are reused.</summary>
    /// <param name="next">The image that crops are pasted into from now on.</param>
    /// <param name="cropToImage">Maps the crop's pixels to the image's.</param>
    public void Aim(RgbImage next, AffineTransform cropToImage)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual((next.Width, next.Height), (image.Width, image.Height), nameof(next));
        image = next;
        warp?.Aim(cropToImage);
        laplacian?.Aim(next);
    }

    /// <summary>Creates one frame.</summary>
    /// <param name="crop">[cropSize, cropSize, 3].</param>
    /// <param name="frame">
    /// [<see cref="Height"/>, <see cref="Width"/>, 3]; it is completely overwritten unless <paramref name="keepsFrame"/> is set.
    /// </param>
    /// <param name="faceMask">[cropSize, cropSize]: 1 on the face, 0 elsewhere. Only <see cref="PasteBackMode.FaceMask"/> uses it.</param>
    /// <param name="keepsFrame">Whether the crop is pasted over the frame's current content instead of the image.</param>
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

    /// <summary>
    /// Computes the reference's weight of the crop at each pixel of the image, [height, width], 0 .. 255: the feathered square, warped to
    /// the image.
    /// </summary>
    /// <param name="cropToImage">Maps the crop's pixels to the image's.</param>
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

    /// <summary>The rows of an image that crops reach, from First to End (exclusive).</summary>
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
    /// The reference's feather mask (LivePortrait, MIT), grey, at the crop's size. At its edge it is slightly above 0, which would mix
    /// colours from outside the crop into the frame. Therefore its outermost pixels are set to 0, except when the border is black as in the
    /// reference.
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
