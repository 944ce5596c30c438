using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using Moda.Kernels;
using Moda.Runtime.Faces;
using Moda.Runtime.Motion;
using Moda.Runtime.Options;

namespace Moda.Parity.Cases;

/// <summary>One upright square for all frames of a driving video, and what the networks read of it.</summary>
internal sealed class DrivingCropCase : IParityCase
{
    private const int NetworkSize = 256;

    public string Kind => "video_drive.crop";

    public double Tolerance(ElementType precision) => 1e-4;

    public ImageRequirement? ImageRequirement(string output) =>
        output.StartsWith("crop256", StringComparison.Ordinal) ? Cases.ImageRequirement.Sampled : null;

    public IReadOnlyDictionary<string, HostTensor> Compute(Device device, ReferenceCase reference)
    {
        var video = new CaseVideo(reference);
        int count = video.Times.Count;
        FaceLandmarks[] landmarks = [.. Enumerable.Range(0, count).Select(video.Landmarks)];
        float[] boxes = [.. landmarks.SelectMany(face => Box(FaceRegion.FromLandmarks(face, FaceRegionOptions.Driving)))];

        FaceRegion region = DrivingCrop.Of(landmarks);
        AffineTransform toCrop = region.ToCrop(DrivingCrop.Size, rotate: false);
        Vector2[] cropped = [.. landmarks.SelectMany(frame => frame.Transform(toCrop).Points.ToArray())];
        var outputs = new Dictionary<string, HostTensor>
        {
            ["bboxes"] = new(boxes, [count, 4]),
            ["bbox"] = new(Box(region), [4]),
            ["M_o2c"] = new(toCrop.ToMatrix3x3(), [3, 3]),
            ["lmk_crop"] = new(MemoryMarshal.Cast<Vector2, float>(cropped.AsSpan()).ToArray(), [count, FaceOpenness.LandmarkCount, 2]),
        };
        for (int frame = 0; frame < count; frame++)
        {
            outputs[string.Create(CultureInfo.InvariantCulture, $"crop256.{frame}")] = DrivingCrop.Cut(video.Picture(frame), region, NetworkSize).ToHostTensor();
        }

        return outputs;
    }

    // Left, top, right, bottom.
    private static float[] Box(FaceRegion region)
    {
        Vector2[] corners = region.UprightCorners();
        return [corners[0].X, corners[0].Y, corners[2].X, corners[2].Y];
    }
}
