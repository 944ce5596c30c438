using Moda.Runtime.Faces;
using Moda.Runtime.Imaging;
using Moda.Runtime.Options;

namespace Moda.Runtime.Videos;

/// <summary>Cuts faces out of the frames of a video. Crops and buffers go from frame to frame. Any thread may use it.</summary>
/// <param name="width">Columns of a frame.</param>
/// <param name="height">Rows of a frame.</param>
/// <param name="framing">How faces are framed.</param>
internal sealed class FaceCutter(int width, int height, PortraitOptions framing)
{
    private readonly Lock gate = new();
    private readonly Stack<ImageWarp> warps = new();
    private readonly Stack<RgbImage> crops = new();

    /// <summary>Cuts out a face.</summary>
    /// <param name="pixels">[height, width, 3]: the frame, which is not copied.</param>
    /// <param name="landmarks">Of the face, in its pixels.</param>
    /// <exception cref="LandmarkException">The landmarks lie outside the frame.</exception>
    public Portrait Cut(byte[] pixels, FaceLandmarks landmarks)
    {
        ImageWarp? warp;
        RgbImage? crop;
        lock (gate)
        {
            warps.TryPop(out warp);
            crops.TryPop(out crop);
        }

        warp ??= new ImageWarp(width, height, FaceCrop.SourceSize, FaceCrop.SourceSize, framing.Border);
        crop ??= new RgbImage(FaceCrop.SourceSize, FaceCrop.SourceSize);
        var frame = new RgbImage(width, height, pixels);
        FaceCrop face = FaceCrop.Into(frame, landmarks, framing.Framing, warp, crop);
        lock (gate)
        {
            warps.Push(warp);
        }

        return Portrait.OfFrame(frame, landmarks, face, framing.Border);
    }

    /// <summary>Nobody looks at a face any more that was cut out.</summary>
    public void Return(Portrait portrait)
    {
        lock (gate)
        {
            crops.Push(portrait.Crop.Image);
        }
    }
}
