using System.Text.Json;
using Moda.Kernels;
using Moda.Runtime.Motion;

namespace Moda.Parity.Cases;

/// <summary>The lips of a video brought to one opening, or to rest.</summary>
internal sealed class VideoRetargetingCase : IParityCase
{
    public string Kind => "retarget_video";

    public IReadOnlyDictionary<string, HostTensor> Compute(Device device, ReferenceCase reference)
    {
        using var stitching = new StitchingNetworks(device, reference);
        MotionTemplate video = MotionInputs.SourceVideo(reference);
        var outputs = new Dictionary<string, HostTensor>();
        JsonElement variants = reference.Parameter("variants") ?? throw new KeyNotFoundException("its metadata has no 'variants'.");
        foreach (JsonProperty variant in variants.EnumerateObject())
        {
            double variance = variant.Value.TryGetProperty("driving_smooth_observation_variance_retargeting", out JsonElement changed)
                ? changed.GetDouble()
                : LipRetargeting.UsualObservationVariance;
            var lips = new LipRetargeting(stitching.Pass, variance);
            bool isSilent = variant.Value.TryGetProperty("video_retargeting_silence", out JsonElement silence) && silence.GetBoolean();
            outputs[$"x_d.{variant.Name}"] =
                (isSilent ? lips.Silence(video) : lips.Open(video, variant.Value.GetProperty("input_lip_ratio").GetSingle())).ToHostTensor();
        }

        return outputs;
    }
}
