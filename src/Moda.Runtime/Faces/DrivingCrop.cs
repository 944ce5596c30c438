using Moda.Kernels;
using Moda.Runtime.Imaging;
using Moda.Runtime.Options;

namespace Moda.Runtime.Faces;

/// <summary>
/// The square to which a driving video is cropped. All frames share one upright square, so that the head's motion is preserved.
/// </summary>
/// <remarks>Reference: <c>crop_driving_video</c> of LivePortrait's <c>cropper.py</c>.</remarks>
internal static class DrivingCrop
{
    /// <summary>The side of the crop in pixels, before it is shrunk to the networks' input size.</summary>
    public const int Size = 512;

    /// <summary>The mean of the squares of all frames, without their rotation.</summary>
    /// <param name="frames">The landmarks of each frame, in the frame's pixels; at least one frame.</param>
    /// <exception cref="LandmarkException">All landmarks of a frame lie on one point.</exception>
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

    /// <summary>Cuts the square out of a frame and shrinks it to the networks' input size. It is black outside the frame.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="region">The square to cut out.</param>
    /// <param name="networkSize">The side of the networks' input in pixels.</param>
    public static RgbImage Cut(RgbImage frame, FaceRegion region, int networkSize)
    {
        AffineTransform toCrop = region.ToCrop(Size, rotate: false);
        return ImageTransforms.ResizeBilinear(ImageTransforms.Warp(frame, toCrop, Size, Size), networkSize, networkSize);
    }
}
