using System.Numerics;
using Moda.Kernels;
using Moda.Runtime.Faces;
using Moda.Runtime.Imaging;

namespace Moda.Onnx.Faces;

/// <summary>LivePortrait's 203 points (landmark.onnx), from a square that stands upright around landmarks found before.</summary>
internal sealed class Landmark203Model : IDisposable
{
    private const int PointCount = 203;

    /// <summary>Of its three outputs, the one that holds the points.</summary>
    private const int PointsOutput = 2;

    private readonly OnnxModel model;

    /// <summary>Loads the model.</summary>
    /// <param name="path">landmark.onnx.</param>
    /// <exception cref="OnnxModelException">The file is missing, damaged or another model.</exception>
    public Landmark203Model(string path)
    {
        model = new OnnxModel(path);
        if (model.OutputNames.Count <= PointsOutput)
        {
            int outputs = model.OutputNames.Count;
            model.Dispose();
            throw new OnnxModelException(path, $"it has {outputs} outputs; LivePortrait's landmark model has {PointsOutput + 1}.");
        }
    }

    /// <summary>Refines the landmarks of a face.</summary>
    /// <param name="image">The image.</param>
    /// <param name="landmarks">In its pixels.</param>
    /// <returns>203 points in pixels of the image.</returns>
    /// <exception cref="LandmarkException">No crop can be cut around the landmarks: they are no face, or lie outside the image.</exception>
    /// <exception cref="OnnxModelException">The file is another model.</exception>
    public FaceLandmarks Run(RgbImage image, FaceLandmarks landmarks)
    {
        FaceCrop crop = FaceCrop.ForLandmarkModel(image, landmarks);
        float[] values = model.Run(
            ModelInput.Planes(crop.Image, mean: 0, scale: 1f / byte.MaxValue),
            1, RgbImage.Channels, FaceCrop.LandmarkModelSize, FaceCrop.LandmarkModelSize)[PointsOutput];
        model.RequireCount(values, PointsOutput, PointCount * 2);
        AffineTransform toImage = crop.CropToImage;
        var points = new Vector2[PointCount];
        for (int i = 0; i < PointCount; i++)
        {
            points[i] = toImage.Apply(new Vector2(values[2 * i], values[2 * i + 1]) * FaceCrop.LandmarkModelSize);
        }

        return new FaceLandmarks(points);
    }

    public void Dispose() => model.Dispose();
}
