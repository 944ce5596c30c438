using System.Numerics;
using System.Runtime.InteropServices;
using Moda.Kernels;
using Moda.Runtime.Imaging;
using Moda.Runtime.Motion;
using Moda.Runtime.Networks;
using Moda.Runtime.Networks.Rendering;
using Moda.Runtime.Options;

namespace Moda.Parity.Cases;

/// <summary>A portrait driven by a video and by a picture, as LivePortrait does it, in every variant.</summary>
internal sealed class ImageDrivingCase : IParityCase
{
    private const int ImageSize = 256;

    public string Kind => "video_drive.image";

    public IReadOnlyDictionary<string, HostTensor> Compute(Device device, ReferenceCase reference)
    {
        using var stitching = new StitchingNetworks(device, reference);
        Vector2[] landmarks = MotionInputs.Landmarks203(reference);
        HostTensor drivingLandmarks = reference.Input("driving_landmarks203");
        SourceKeypoints source = Extract(device, reference, "source256")[0];
        MotionTemplate driving = MotionTemplate.Join(
            [.. Extract(device, reference, "driving256").Select((frame, index) => frame.ToTemplate(Landmarks(drivingLandmarks, index)))],
            GenerationOptions.FramesPerSecond);
        Dictionary<string, HostTensor> outputs = MotionInputs.ToOutputs(driving, "driving.");
        outputs["x_s"] = new HostTensor(source.Transform(), [1, MotionLayout.KeypointCount, 3]);
        foreach ((string name, DrivingOptions options) in DrivingVariants.Of(reference, DrivingOptions.ForVideo))
        {
            MotionTemplate motion = DrivingVariants.IsPhoto(reference, name) ? driving.Slice(0, 1) : driving;
            outputs[$"x_d.{name}"] = new KeypointDriver(options, stitching.Pass).Drive(source, motion, landmarks).ToHostTensor();
        }

        return outputs;
    }

    private static ReadOnlySpan<Vector2> Landmarks(HostTensor landmarks, int frame) => MemoryMarshal.Cast<float, Vector2>(landmarks.Values)
        .Slice(frame * FaceOpenness.LandmarkCount, FaceOpenness.LandmarkCount);

    // The frames go through the network one by one.
    private static List<SourceKeypoints> Extract(Device device, ReferenceCase reference, string images)
    {
        const int ImageLength = ImageSize * ImageSize * RgbImage.Channels;
        float[] pixels = Array.ConvertAll(reference.Input(images).Values, value => value / byte.MaxValue);
        using var store = new ParameterStore(device);
        var network = new MotionExtractor(new ParameterLoader(reference.Weights.Network("motion_extractor"), store));
        using var pass = new MotionReadingPass(device, network, new Shape(1, ImageSize, ImageSize, RgbImage.Channels));
        var read = new List<SourceKeypoints>();
        for (int start = 0; start < pixels.Length; start += ImageLength)
        {
            read.Add(SourceKeypoints.From(pass.Read(pixels.AsSpan(start, ImageLength), CancellationToken.None)));
        }

        return read;
    }
}
