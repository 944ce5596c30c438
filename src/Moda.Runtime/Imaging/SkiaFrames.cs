using SkiaSharp;

namespace Moda.Runtime.Imaging;

/// <summary>Frames for programs that draw with SkiaSharp.</summary>
public static class SkiaFrames
{
    /// <summary>Copies a frame into a bitmap: Bgra8888, opaque.</summary>
    /// <param name="frame">The frame.</param>
    /// <returns>The bitmap; the caller disposes it.</returns>
    public static SKBitmap ToBitmap(this VideoFrame frame)
    {
        var bitmap = new SKBitmap(new SKImageInfo(frame.Width, frame.Height, SKColorType.Bgra8888, SKAlphaType.Opaque, colorspace: null));
        frame.CopyTo(bitmap.GetPixelSpan(), PixelFormat.Bgra32);
        return bitmap;
    }
}
