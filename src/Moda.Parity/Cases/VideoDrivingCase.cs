using Moda.Kernels;
using Moda.Runtime.Motion;
using Moda.Runtime.Options;

namespace Moda.Parity.Cases;

/// <summary>The face of a video driven by another video and by a picture, as LivePortrait does it, in every variant.</summary>
internal sealed class VideoDrivingCase : IParityCase
{
    public string Kind => "video_drive.video";

    public IReadOnlyDictionary<string, HostTensor> Compute(Device device, ReferenceCase reference)
    {
        using var stitching = new StitchingNetworks(device, reference);
        MotionTemplate source = MotionInputs.Template(reference.Input, "source");
        MotionTemplate driving = MotionInputs.Template(reference.Input, "driving");
        var outputs = new Dictionary<string, HostTensor>();
        foreach ((string name, DrivingOptions options) in DrivingVariants.Of(reference, DrivingOptions.ForVideo))
        {
            bool isPhoto = DrivingVariants.IsPhoto(reference, name);
            MotionTemplate motion = isPhoto ? driving.Slice(0, 1) : driving;
            outputs[$"x_d.{name}"] = new KeypointDriver(options, stitching.Pass).Drive(source, motion, isPhoto).ToHostTensor();
        }

        return outputs;
    }
}
