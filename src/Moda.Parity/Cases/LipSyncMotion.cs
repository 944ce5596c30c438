using Moda.Kernels;
using Moda.Runtime.Motion;
using Moda.Runtime.Options;

namespace Moda.Parity.Cases;

/// <summary>The motion of a case <c>lip_sync_video</c>: the lips of a video follow a voice, in every variant.</summary>
internal static class LipSyncMotion
{
    /// <summary>Computes the outputs <c>x_d.*</c> and <c>x_s</c>.</summary>
    /// <param name="device">Where the networks run.</param>
    /// <param name="reference">The case.</param>
    /// <param name="source">What was read from the video's frames.</param>
    public static Dictionary<string, HostTensor> Compute(Device device, ReferenceCase reference, MotionTemplate source)
    {
        using var stitching = new StitchingNetworks(device, reference);
        MotionTemplate voice = MotionInputs.Sequence(reference, "audio").ToTemplate(GenerationOptions.FramesPerSecond);
        var outputs = new Dictionary<string, HostTensor>
        {
            ["x_s"] = new(source.Keypoints.ToArray(), [source.Frames, MotionLayout.KeypointCount, 3]),
            ["x_d.default"] = Drive(DrivingOptions.ForLipSync),

            // A driving video adds nothing but its length.
            ["x_d.mix"] = Drive(DrivingOptions.ForLipSync),
        };
        foreach ((string name, DrivingOptions options) in DrivingVariants.Of(reference, DrivingOptions.ForLipSync))
        {
            outputs[$"x_d.{name}"] = Drive(options);
        }

        return outputs;

        HostTensor Drive(DrivingOptions options) => new KeypointDriver(options, stitching.Pass).Drive(source, voice, isPhoto: false).ToHostTensor();
    }
}
