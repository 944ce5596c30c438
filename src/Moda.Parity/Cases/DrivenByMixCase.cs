using System.Numerics;
using Moda.Kernels;
using Moda.Runtime.Motion;
using Moda.Runtime.Options;

namespace Moda.Parity.Cases;

/// <summary>A portrait driven by a video with the lips of a voice.</summary>
internal sealed class DrivenByMixCase : IParityCase
{
    public string Kind => "driven_by_mix";

    public IReadOnlyDictionary<string, HostTensor> Compute(Device device, ReferenceCase reference)
    {
        using var stitching = new StitchingNetworks(device, reference);
        Vector2[] landmarks = MotionInputs.Landmarks203(reference);
        SourceKeypoints source = MotionInputs.Source(reference);
        MotionTemplate driving = MotionInputs.DrivingVideo(reference);
        MotionTemplate voice = MotionInputs.Sequence(reference, "audio").ToTemplate(GenerationOptions.FramesPerSecond);
        MotionTemplate mixed = driving.WithLipsOf(voice);
        var defaults = new DrivingOptions { Gaze = default };
        var outputs = new Dictionary<string, HostTensor>
        {
            ["x_s"] = new(source.Transform(), [1, MotionLayout.KeypointCount, 3]),
            ["mixed.R"] = new(mixed.Rotations.ToArray(), [mixed.Frames, 3, 3]),
            ["mixed.exp"] = new(mixed.Expressions.ToArray(), [mixed.Frames, MotionLayout.KeypointCount, 3]),
            ["x_d.no_audio"] = Drive(defaults, driving),
            ["x_d.short_audio"] = Drive(defaults, driving.WithLipsOf(voice.Slice(0, reference.Number("short_audio_frames")))),
        };
        foreach ((string name, DrivingOptions options) in DrivingVariants.Of(reference, defaults))
        {
            outputs[$"x_d.{name}"] = Drive(options, mixed);
        }

        return outputs;

        HostTensor Drive(DrivingOptions options, MotionTemplate motion) =>
            new KeypointDriver(options, stitching.Pass).Drive(source, motion, landmarks).ToHostTensor();
    }
}
