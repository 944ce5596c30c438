using Moda.Kernels;
using Moda.Runtime.Imaging;
using Moda.Runtime.Options;

namespace Moda.Runtime.Faces;

/// <summary>A face cut out of its image, upright, and the way back.</summary>
/// <param name="Image">The crop, square.</param>
/// <param name="ImageToCrop">From the image's pixels to the crop's (the reference's M_o2c).</param>
/// <param name="Landmarks">The landmarks, in the crop's pixels.</param>
internal sealed record FaceCrop(RgbImage Image, AffineTransform ImageToCrop, FaceLandmarks Landmarks)
{
    /// <summary>The side of the source crop, which rendered frames have too.</summary>
    public const int SourceSize = 512;

    /// <summary>The side of the crop that the landmark model reads.</summary>
    public const int LandmarkModelSize = 224;

    /// <summary>How much smaller the networks' input is than the source crop.</summary>
    private const int NetworkInputShrink = 2;

    /// <summary>The side of what the networks read.</summary>
    public const int NetworkInputSize = SourceSize / NetworkInputShrink;

    /// <summary>From the crop's pixels to the image's (M_c2o).</summary>
    public AffineTransform CropToImage => ImageToCrop.Invert();

    /// <summary>The source portrait's crop: 512 x 512, face upright.</summary>
    /// <param name="image">The portrait.</param>
    /// <param name="landmarks">Its face's, in its pixels.</param>
    /// <param name="framing">How much around the face; null for the reference's.</param>
    /// <param name="border">What the crop shows where it reaches beyond the portrait.</param>
    /// <exception cref="LandmarkException">The landmarks are no face, or lie outside the image.</exception>
    public static FaceCrop Source(
        RgbImage image, FaceLandmarks landmarks, FaceRegionOptions? framing = null, BorderMode border = BorderMode.Replicate) =>
        Cut(image, landmarks, framing ?? FaceRegionOptions.Source, SourceSize, border);

    /// <summary>What the 203-point landmark model reads: 224 x 224, face upright, black beyond the portrait.</summary>
    /// <param name="image">The portrait.</param>
    /// <param name="landmarks">Its face's, in its pixels.</param>
    /// <exception cref="LandmarkException">The landmarks are no face, or lie outside the image.</exception>
    public static FaceCrop ForLandmarkModel(RgbImage image, FaceLandmarks landmarks) =>
        Cut(image, landmarks, FaceRegionOptions.LandmarkModel, LandmarkModelSize, BorderMode.Black);

    /// <summary>The crop at the size that the networks read: half the side, by area.</summary>
    public RgbImage ToNetworkInput() => ImageTransforms.ShrinkByArea(Image, NetworkInputShrink);

    /// <summary>The crop at the size that the networks read, in an image that is there.</summary>
    /// <param name="result">Takes it.</param>
    public void ToNetworkInput(RgbImage result) => ImageTransforms.ShrinkByArea(Image, NetworkInputShrink, result);

    /// <summary>The crop of an image, such as a frame of a video, in buffers that are there.</summary>
    /// <param name="image">The image.</param>
    /// <param name="landmarks">Its face's, in its pixels.</param>
    /// <param name="framing">How much around the face.</param>
    /// <param name="warp">From images of that size to crops.</param>
    /// <param name="crop">Takes the pixels.</param>
    /// <exception cref="LandmarkException">The landmarks are no face, or lie outside the image.</exception>
    public static FaceCrop Into(RgbImage image, FaceLandmarks landmarks, FaceRegionOptions framing, ImageWarp warp, RgbImage crop)
    {
        RequireInside(image, landmarks);
        AffineTransform imageToCrop = FaceRegion.FromLandmarks(landmarks, framing).ToCrop(crop.Width);
        warp.Run(image, imageToCrop, crop);
        return new FaceCrop(crop, imageToCrop, landmarks.Transform(imageToCrop));
    }

    /// <summary>
    /// Whether half of the landmarks or more lie in an image. Parts of a face may lie beyond its edge; a face of which more than half does is
    /// none, or was measured on another image.
    /// </summary>
    public static bool IsInside(RgbImage image, FaceLandmarks landmarks) => CountInside(image, landmarks) * 2 >= landmarks.Points.Length;

    private static FaceCrop Cut(RgbImage image, FaceLandmarks landmarks, FaceRegionOptions options, int size, BorderMode border) =>
        Into(image, landmarks, options, new ImageWarp(image.Width, image.Height, size, size, border), new RgbImage(size, size));

    private static int CountInside(RgbImage image, FaceLandmarks landmarks)
    {
        int inside = 0;
        foreach (System.Numerics.Vector2 point in landmarks.Points)
        {
            inside += point.X >= 0 && point.Y >= 0 && point.X < image.Width && point.Y < image.Height ? 1 : 0;
        }

        return inside;
    }

    private static void RequireInside(RgbImage image, FaceLandmarks landmarks)
    {
        int inside = CountInside(image, landmarks);
        if (inside * 2 < landmarks.Points.Length)
        {
            throw new LandmarkException(
                $"{landmarks.Points.Length - inside} of {landmarks.Points.Length} landmarks lie outside the image, "
                + $"which is {image.Width} x {image.Height} pixels. Landmarks must be in pixels of that image.");
        }
    }
}
