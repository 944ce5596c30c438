using Moda.Kernels;
using Moda.Runtime.Imaging;
using Moda.Runtime.Options;

namespace Moda.Runtime.Faces;

/// <summary>
/// The square that a driving video is cropped to: one for all of its frames, upright, so that the head's motion is not taken out.
/// </summary>
/// <remarks>Reference: <c>crop_driving_video</c> of LivePortrait's <c>cropper.py</c>.</remarks>
internal static class DrivingCrop
{
    /// <summary>Rows and columns of the crop before it is made as small as the networks read it.</summary>
    public const int Size = 512;

    /// <summary>The mean of the frames' squares, each without its turn.</summary>
    /// <param name="frames">The landmarks of each frame, in its pixels; at least one.</param>
    /// <exception cref="LandmarkException">A frame's landmarks lie on one point.</exception>
    public static FaceRegion Of(IReadOnlyList<FaceLandmarks> frames)
    {
        double x = 0;
        double y = 0;
        double side = 0;
        foreach (FaceLandmarks landmarks in frames)
        {
            var region = FaceRegion.FromLandmarks(landmarks, FaceRegionOptions.Driving);
            x += region.CentreX;
            y += region.CentreY;
            side += region.Side;
        }

        return new FaceRegion(x / frames.Count, y / frames.Count, side / frames.Count, Angle: 0);
    }

    /// <summary>Cuts a frame out and makes it as small as the networks read it; black beyond the frame.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="region">What to cut out.</param>
    /// <param name="networkSize">Rows and columns that the networks read.</param>
    public static RgbImage Cut(RgbImage frame, FaceRegion region, int networkSize)
    {
        AffineTransform toCrop = region.ToCrop(Size, rotate: false);
        return ImageTransforms.ResizeBilinear(ImageTransforms.Warp(frame, toCrop, Size, Size), networkSize, networkSize);
    }
}
