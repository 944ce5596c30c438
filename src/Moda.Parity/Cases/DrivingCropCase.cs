using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using Moda.Kernels;
using Moda.Runtime.Faces;
using Moda.Runtime.Imaging;
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
        HostTensor frames = reference.Input("frames");
        HostTensor points = reference.Input("frame_landmarks203");
        int count = frames.Extents[0];
        var landmarks = new FaceLandmarks[count];
        float[] boxes = new float[4 * count];
        for (int frame = 0; frame < count; frame++)
        {
            landmarks[frame] = new FaceLandmarks(
                MemoryMarshal.Cast<float, Vector2>(points.Values).Slice(frame * FaceOpenness.LandmarkCount, FaceOpenness.LandmarkCount));
            Box(FaceRegion.FromLandmarks(landmarks[frame], FaceRegionOptions.Driving)).CopyTo(boxes, 4 * frame);
        }

        FaceRegion region = DrivingCrop.Of(landmarks);
        AffineTransform toCrop = region.ToCrop(DrivingCrop.Size, rotate: false);
        Vector2[] cropped = [.. landmarks.SelectMany(frame => frame.Transform(toCrop).Points.ToArray())];
        var outputs = new Dictionary<string, HostTensor>
        {
            ["bboxes"] = new(boxes, [count, 4]),
            ["bbox"] = new(Box(region), [4]),
            ["M_o2c"] = new(toCrop.ToMatrix3x3(), [3, 3]),
            ["lmk_crop"] = new(MemoryMarshal.Cast<Vector2, float>(cropped.AsSpan()).ToArray(), points.Extents),
        };
        int length = frames.Values.Length / count;
        for (int frame = 0; frame < count; frame++)
        {
            byte[] pixels = Array.ConvertAll(frames.Values[(frame * length)..((frame + 1) * length)], value => (byte)value);
            var image = new RgbImage(frames.Extents[2], frames.Extents[1], pixels);
            outputs[string.Create(CultureInfo.InvariantCulture, $"crop256.{frame}")] = DrivingCrop.Cut(image, region, NetworkSize).ToHostTensor();
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
