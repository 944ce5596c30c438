using System.Numerics;
using Moda.Kernels;
using Moda.Runtime.Motion;
using Moda.Runtime.Options;

namespace Moda.Parity.Cases;

/// <summary>A portrait driven by a video as MoDA does it: with its gaze for speech, without, and without known openings.</summary>
internal sealed class ModaDrivingCase : IParityCase
{
    public string Kind => "video_drive.moda";

    public IReadOnlyDictionary<string, HostTensor> Compute(Device device, ReferenceCase reference)
    {
        using var stitching = new StitchingNetworks(device, reference);
        Vector2[] landmarks = MotionInputs.Landmarks203(reference);
        SourceKeypoints source = MotionInputs.Source(reference);
        MotionTemplate driving = MotionInputs.DrivingVideo(reference);
        Vector2 eyes = FaceOpenness.Eyes(landmarks);
        var outputs = new Dictionary<string, HostTensor>
        {
            ["x_s"] = new(source.Transform(), [1, MotionLayout.KeypointCount, 3]),
            ["source_c_eyes"] = new([eyes.X, eyes.Y], [1, 2]),
            ["c_eyes"] = new(driving.EyeRatios.ToArray(), [driving.Frames, 2]),
            ["c_lip"] = new(driving.LipRatios.ToArray(), [driving.Frames, 1]),
        };
        var speech = new DrivingOptions();
        foreach ((string name, DrivingOptions options) in DrivingVariants.Of(reference, speech))
        {
            outputs[$"driven.{name}"] = Drive(options, driving);
            outputs[$"driven_debug.{name}"] = Drive(options with { Gaze = default }, driving);
        }

        var withoutOpenings = new MotionTemplate(driving.FramesPerSecond, driving.Scales, driving.Rotations, driving.Expressions, driving.Translations);
        foreach ((string name, DrivingOptions options) in DrivingVariants.Of(reference, speech, "no_ratios"))
        {
            outputs[name] = Drive(options, withoutOpenings);
        }

        return outputs;

        HostTensor Drive(DrivingOptions options, MotionTemplate motion) =>
            new KeypointDriver(options, stitching.Pass).Drive(source, motion, landmarks).ToHostTensor();
    }
}
