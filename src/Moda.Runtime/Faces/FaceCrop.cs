using Moda.Kernels;
using Moda.Runtime.Imaging;
using Moda.Runtime.Options;

namespace Moda.Runtime.Faces;

/// <summary>An upright face that was cut out of its image, and the map between both.</summary>
/// <param name="Image">The square crop.</param>
/// <param name="ImageToCrop">Maps the image's pixels to the crop's (the reference's M_o2c).</param>
/// <param name="Landmarks">The landmarks in pixels of the crop.</param>
internal sealed record FaceCrop(RgbImage Image, AffineTransform ImageToCrop, FaceLandmarks Landmarks)
{
    /// <summary>The side of the source crop in pixels. Rendered frames have the same side.</summary>
    public const int SourceSize = 512;

    /// <summary>The side of the landmark model's input in pixels.</summary>
    public const int LandmarkModelSize = 224;

    /// <summary>The source crop's side divided by the side of the networks' input.</summary>
    private const int NetworkInputShrink = 2;

    /// <summary>The side of the networks' input in pixels.</summary>
    public const int NetworkInputSize = SourceSize / NetworkInputShrink;

    /// <summary>Maps the crop's pixels to the image's (the reference's M_c2o).</summary>
    public AffineTransform CropToImage => ImageToCrop.Invert();

    /// <summary>Cuts out the source portrait's face: 512 x 512, upright.</summary>
    /// <param name="image">The portrait.</param>
    /// <param name="landmarks">The landmarks of the face in pixels of the portrait.</param>
    /// <param name="framing">How much of the surroundings the crop includes; null for the reference's values.</param>
    /// <param name="border">What the crop shows outside the portrait.</param>
    /// <exception cref="LandmarkException">The landmarks are not those of a face, or lie outside the image.</exception>
    public static FaceCrop Source(
        RgbImage image, FaceLandmarks landmarks, FaceRegionOptions? framing = null, BorderMode border = BorderMode.Replicate) =>
        Cut(image, landmarks, framing ?? FaceRegionOptions.Source, SourceSize, border);

    /// <summary>Cuts out the input of the 203-point landmark model: 224 x 224, upright, black outside the portrait.</summary>
    /// <param name="image">The portrait.</param>
    /// <param name="landmarks">The landmarks of the face in pixels of the portrait.</param>
    /// <exception cref="LandmarkException">The landmarks are not those of a face, or lie outside the image.</exception>
    public static FaceCrop ForLandmarkModel(RgbImage image, FaceLandmarks landmarks) =>
        Cut(image, landmarks, FaceRegionOptions.LandmarkModel, LandmarkModelSize, BorderMode.Black);

    /// <summary>Shrinks the crop to the networks' input size: half the side, averaged by area.</summary>
    public RgbImage ToNetworkInput() => ImageTransforms.ShrinkByArea(Image, NetworkInputShrink);

    /// <summary>Shrinks the crop to the networks' input size, into an existing image.</summary>
    /// <param name="result">Receives the pixels.</param>
    public void ToNetworkInput(RgbImage result) => ImageTransforms.ShrinkByArea(Image, NetworkInputShrink, result);

    /// <summary>Cuts the face out of an image, such as a video frame, into existing buffers.</summary>
    /// <param name="image">The image.</param>
    /// <param name="landmarks">The landmarks of the face in pixels of the portrait.</param>
    /// <param name="framing">How much of the surroundings the crop includes.</param>
    /// <param name="warp">The warp from images of this size to crops.</param>
    /// <param name="crop">Receives the pixels.</param>
    /// <exception cref="LandmarkException">The landmarks are not those of a face, or lie outside the image.</exception>
    public static FaceCrop Into(RgbImage image, FaceLandmarks landmarks, FaceRegionOptions framing, ImageWarp warp, RgbImage crop)
    {
        RequireInside(image, landmarks);
        AffineTransform imageToCrop = FaceRegion.FromLandmarks(landmarks, framing).ToCrop(crop.Width);
        warp.Run(image, imageToCrop, crop);
        return new FaceCrop(crop, imageToCrop, landmarks.Transform(imageToCrop));
    }

    /// <summary>
    /// Whether at least half of the landmarks lie in the image. Parts of a face may lie outside. When more than half of the points do,
    /// there is no face, or the landmarks belong to another image.
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
