using Moda.Kernels;
using Moda.Runtime.Motion;
using Moda.Runtime.Networks;
using Moda.Runtime.Networks.Audio;
using Moda.Runtime.Networks.Motion;
using Moda.Runtime.Sampling;

namespace Moda.Runtime.Parity;

/// <summary>The motion of a clip of several segments, sampled from the case's noise.</summary>
internal sealed class MotionSamplingCase : IParityCase
{
    public string Kind => "dit_sample";

    // Errors grow over the steps and from segment to segment.
    public double Tolerance(ElementType precision) => precision == ElementType.Float32 ? 1e-3 : 2e-2;

    public IReadOnlyDictionary<string, HostTensor> Compute(Device device, ReferenceCase reference)
    {
        HostTensor audio = reference.Input("audio");
        HostTensor noise = reference.Input("noise");
        int segmentLength = noise.Extents[1] * noise.Extents[2];
        var options = new MotionSamplingOptions
        {
            Steps = reference.Number("steps"),
            GuidanceScale = (float)reference.Real("cfg_scale"),
            AudioLayers = audio.Extents[1],
        };
        var conditions = new ClipConditions(
            reference.Number("emotion", least: 0), reference.Input("ref_kp").Values, reference.Input("prev_motion").Values);
        using var store = new ParameterStore(device);
        var network = new MotionGenerator(new ParameterLoader(reference.Weights.Network("motion_generator"), store), noise.Extents[1]);
        using var sampler = new MotionSampler(device, network, options, reference.Input("null_audio_feat").Values);
        MotionSequence motion = new ClipSampler(sampler).SampleAsync(
            Whole(new AudioEmbedding(audio.Values, audio.Extents[0])),
            conditions,
            (segment, destination) => noise.Values.AsSpan(segment * segmentLength, segmentLength).CopyTo(destination))
            .GetAwaiter().GetResult();
        return new Dictionary<string, HostTensor>
        {
            ["motion"] = new(motion.Values.ToArray(), [motion.Frames, MotionLayout.Width]),
        };
    }

    private static async IAsyncEnumerable<AudioEmbedding> Whole(AudioEmbedding embedding)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        yield return embedding;
    }
}
