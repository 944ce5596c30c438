namespace Moda.Kernels.Fused;

/// <summary>
/// A device that warps an image into another one and blends both in one op, which is composed of plain ones elsewhere.
/// </summary>
public interface IFusedPasteBack
{
    /// <summary>
    /// Warps images into another one and blends them with it (LivePortrait's <c>paste_back</c>: OpenCV's <c>warpAffine</c>, then a mask),
    /// in the arithmetic of bytes. Every value is first converted to its level: 255 times it, truncated. Positions are rounded to 1/32
    /// pixel as <c>warpAffine</c> does, samples to levels, and <c>(mask image + (255 - mask) background) / 255</c> is truncated.
    /// Outside the images the background stays.
    /// </summary>
    /// <param name="images">[N, S, T, 3] in [0, 1].</param>
    /// <param name="mask">[S, T, 1] in [0, 1]: the images' weight, warped with them.</param>
    /// <param name="background">[H, W, 3] in [0, 1].</param>
    /// <param name="toImage">From pixels of the background to those of the images.</param>
    /// <param name="firstRow">The y of the background's first row: it may be a part of a larger one.</param>
    /// <param name="output">
    /// [N, H, W, 3]: the middle of each level, <c>(level + 0.5) / 255</c>, which <see cref="Device.ReadBytes"/> reads as that level.
    /// </param>
    void WarpBlend(Tensor images, Tensor mask, Tensor background, AffineTransform toImage, int firstRow, Tensor output);
}
