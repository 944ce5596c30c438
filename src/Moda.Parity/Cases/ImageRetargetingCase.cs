using System.Text.Json;
using Moda.Kernels;
using Moda.Runtime.Motion;
using Moda.Runtime.Options;

namespace Moda.Parity.Cases;

/// <summary>A portrait's face posed by LivePortrait's sliders.</summary>
internal sealed class ImageRetargetingCase : IParityCase
{
    public string Kind => "retarget_image";

    public IReadOnlyDictionary<string, HostTensor> Compute(Device device, ReferenceCase reference)
    {
        using var stitching = new StitchingNetworks(device, reference);
        SourceKeypoints source = MotionInputs.Source(reference);
        var face = new PosedFace(source, MotionInputs.Landmarks203(reference));
        var outputs = new Dictionary<string, HostTensor>
        {
            ["x_s"] = new(source.Transform(), [1, MotionLayout.KeypointCount, 3]),
            ["source_ratios"] = new([(float)face.EyeOpening!, (float)face.LipOpening!], [2]),
        };
        JsonElement variants = reference.Parameter("variants") ?? throw new KeyNotFoundException("its metadata has no 'variants'.");
        foreach (JsonProperty variant in variants.EnumerateObject())
        {
            float[] keypoints = new float[MotionLayout.KeypointLength];
            face.Place(Pose(variant.Value, out bool stitch), stitching.Pass, stitch, keypoints);
            outputs[$"x_d.{variant.Name}"] = new HostTensor(keypoints, [1, MotionLayout.KeypointCount, 3]);
        }

        return outputs;
    }

    private static FacePose Pose(JsonElement sliders, out bool stitch)
    {
        var pose = default(FacePose);
        stitch = true;
        foreach (JsonProperty slider in sliders.EnumerateObject())
        {
            if (slider.Name == "flag_stitching_retargeting_input")
            {
                stitch = slider.Value.GetBoolean();
                continue;
            }

            double value = slider.Value.GetDouble();
            pose = slider.Name switch
            {
                "input_eye_ratio" => pose with { EyeOpening = value },
                "input_lip_ratio" => pose with { LipOpening = value },
                "input_head_pitch_variation" => pose with { Pitch = value },
                "input_head_yaw_variation" => pose with { Yaw = value },
                "input_head_roll_variation" => pose with { Roll = value },
                "mov_x" => pose with { X = value },
                "mov_y" => pose with { Y = value },
                "mov_z" => pose with { Zoom = value },
                "lip_variation_zero" => pose with { Pout = value },
                "lip_variation_one" => pose with { Purse = value },
                "lip_variation_two" => pose with { Grin = value },
                "lip_variation_three" => pose with { LipParting = value },
                "smile" => pose with { Smile = value },
                "wink" => pose with { Wink = value },
                "eyebrow" => pose with { Eyebrow = value },
                "eyeball_direction_x" => pose with { GazeX = value },
                "eyeball_direction_y" => pose with { GazeY = value },
                _ => throw new NotSupportedException($"its variants move '{slider.Name}', which is unknown."),
            };
        }

        return pose;
    }
}
