using Moda.Kernels;
using Moda.Runtime.Motion;

namespace Moda.Parity.Cases;

/// <summary>The arithmetic between motion extractor, motion generator and driving. It runs on the host, whatever the device.</summary>
internal sealed class MotionMathCase : IParityCase
{
    public string Kind => "motion_math";

    public double Tolerance(ElementType precision) => 1e-4;

    public IReadOnlyDictionary<string, HostTensor> Compute(Device device, ReferenceCase reference)
    {
        SourceKeypoints source = MotionInputs.Source(reference);
        MotionStatistics statistics = MotionInputs.Statistics(reference);
        PreviousMotion previous = PreviousMotion.From(source, statistics);
        MotionSequence modulated = LipModulation.Apply(
            new MotionSequence(reference.Input("motion").Values), reference.Input("standard_motion").Values);
        MotionSequence sequence = statistics.Denormalize(modulated, previous.RescaleRatio);
        RotationMatrix rotation = source.Pose.ToRotation();
        Dictionary<string, HostTensor> outputs = new()
        {
            ["refined.pitch"] = Row(source.Pose.Pitch),
            ["refined.yaw"] = Row(source.Pose.Yaw),
            ["refined.roll"] = Row(source.Pose.Roll),
            ["refined.t"] = Row(source.Translation.X, source.Translation.Y, source.Translation.Z),
            ["refined.exp"] = Row(source.Expression.Span),
            ["refined.scale"] = Row(source.Scale),
            ["refined.kp"] = Row(source.Canonical.Span),
            ["rotation"] = Row(rotation[..]),
            ["x_s"] = Row(source.Transform()),
            ["prev_motion"] = Row(previous.Values.Span),
            ["rescale_ratio"] = Row(previous.RescaleRatio),
            ["modulated"] = MotionInputs.Part(modulated, 0, MotionLayout.Width),
            ["sequence.exp"] = MotionInputs.Part(sequence, 0, MotionLayout.KeypointLength),
            ["sequence.scale"] = MotionInputs.Part(sequence, MotionLayout.Scale, 1),
            ["sequence.t"] = MotionInputs.Part(sequence, MotionLayout.Translation, 3),
            ["sequence.pitch"] = MotionInputs.Part(sequence, MotionLayout.Pitch, 1),
            ["sequence.yaw"] = MotionInputs.Part(sequence, MotionLayout.Yaw, 1),
            ["sequence.roll"] = MotionInputs.Part(sequence, MotionLayout.Roll, 1),
        };
        MotionSequence smoothed = ExponentialMovingAverage.SmoothPose(sequence);
        outputs["smoothed_pose"] = MotionInputs.Part(smoothed, MotionLayout.Scale, MotionLayout.PoseLength);
        return outputs;
    }

    private static HostTensor Row(params ReadOnlySpan<float> values) => new(values.ToArray(), [1, values.Length]);
}
