using System.Numerics;
using Moda.Kernels;
using Moda.Runtime.Motion;
using Moda.Runtime.Options;

namespace Moda.Parity.Cases;

/// <summary>Driving a portrait's keypoints by motion, in every variant.</summary>
internal sealed class DrivingCase : IParityCase
{
    private static readonly Dictionary<string, DrivingOptions> Variants = new()
    {
        ["default"] = new(),
        ["no_stitching"] = new() { Stitching = false },
        ["smooth"] = new() { Smoothing = MotionSmoothing.ExponentialMovingAverage },
        ["region_exp"] = new() { Region = AnimationRegion.Expression },
        ["region_pose"] = new() { Region = AnimationRegion.Pose },
        ["region_lip"] = new() { Region = AnimationRegion.Lip },
        ["region_eyes"] = new() { Region = AnimationRegion.Eyes },
        ["relative"] = new() { RelativeMotion = true },
        ["relative_pose_friendly"] = new() { RelativeMotion = true, ExpressionFriendly = false },
        ["multiplier"] = new() { Multiplier = 1.4f },
        ["relative_normalize_lip"] = new() { RelativeMotion = true, NormalizeLip = true },
    };

    public string Kind => "driving";

    public IReadOnlyDictionary<string, HostTensor> Compute(Device device, ReferenceCase reference)
    {
        SourceKeypoints source = MotionInputs.Source(reference);
        MotionSequence motion = MotionInputs.Sequence(reference);
        Vector2[] landmarks = MotionInputs.Landmarks203(reference);
        using var stitching = new StitchingNetworks(device, reference);
        Dictionary<string, HostTensor> outputs = new()
        {
            ["x_s"] = new(source.Transform(), [1, MotionLayout.KeypointCount, 3]),
        };
        foreach ((string name, DrivingOptions options) in Variants)
        {
            DrivingKeypoints driven = new KeypointDriver(options, stitching.Pass).Drive(source, motion, landmarks);
            outputs[$"x_d.{name}"] = driven.ToHostTensor();
        }

        return outputs;
    }
}
