using System.Numerics;
using Moda.Kernels;
using Moda.Runtime.Faces;
using Moda.Runtime.Imaging;

namespace Moda.Onnx.Faces;

/// <summary>insightface's 106 points (2d106det.onnx), from an upright square around the detector's box.</summary>
internal sealed class Landmark106Model(string path) : IDisposable
{
    private const int InputSize = 192;
    private const int PointCount = 106;

    /// <summary>Side of the square over the box's longer side.</summary>
    private const double Margin = 1.5;

    private readonly OnnxModel model = new(path);

    /// <summary>Finds the points of a face.</summary>
    /// <param name="image">The image.</param>
    /// <param name="box">The face's box, in its pixels.</param>
    /// <returns>106 points in pixels of the image.</returns>
    /// <exception cref="OnnxModelException">The file is another model.</exception>
    public FaceLandmarks Run(RgbImage image, FaceBox box)
    {
        double scale = InputSize / (Math.Max(box.Width, box.Height) * Margin);
        var toCrop = new AffineTransform(scale, 0, InputSize / 2.0 - scale * box.CentreX, 0, scale, InputSize / 2.0 - scale * box.CentreY);
        RgbImage crop = ImageTransforms.Warp(image, toCrop, InputSize, InputSize);

        // The network begins with its own normalisation.
        float[] values = model.Run(ModelInput.Planes(crop, mean: 0, scale: 1), 1, RgbImage.Channels, InputSize, InputSize)[0];
        model.RequireCount(values, 0, PointCount * 2);
        AffineTransform toImage = toCrop.Invert();
        var points = new Vector2[PointCount];
        for (int i = 0; i < PointCount; i++)
        {
            // From -1..1 to the crop's pixels.
            points[i] = toImage.Apply((new Vector2(values[2 * i], values[2 * i + 1]) + Vector2.One) * (InputSize / 2));
        }

        return new FaceLandmarks(points);
    }

    public void Dispose() => model.Dispose();
}
