using Moda.Kernels;
using Moda.Runtime.Motion;
using Moda.Runtime.Networks;
using Moda.Runtime.Networks.Motion;
using Moda.Runtime.Sampling;

namespace Moda.Parity.Cases;

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
        int layers = audio.Extents[1];
        var options = new MotionSamplingOptions
        {
            Steps = reference.Number("steps"),
            GuidanceScale = (float)reference.Real("cfg_scale"),
        };
        var conditions = new ClipConditions
        {
            Options = options,
            Emotion = reference.Number("emotion", least: 0),
            Keypoints = reference.Input("ref_kp").Values,
            PreviousMotion = reference.Input("prev_motion").Values,
            Noise = (segment, destination) => noise.Values.AsSpan(segment * segmentLength, segmentLength).CopyTo(destination),
        };
        using var store = new ParameterStore(device);
        var network = new MotionGenerator(new ParameterLoader(NullAudioWeights.Of(reference), store), noise.Extents[1]);
        using var tokenizer = new AudioTokenizer(device, network, audio.Extents[0]);
        AudioTokens tokens = tokenizer.Embed(audio.Values, audio.Values.Length / audio.Extents[0]);
        NullAudio nullAudio = NullAudio.Of(network, layers);
        using var sampler = new DirectSegmentSampler(device, network, nullAudio, options);
        var clip = new ClipSampler(sampler, AudioTokenizer.PaddingToken(device, network));
        MotionSequence motion = JoinAsync(clip.SampleAsync(Whole(tokens), conditions)).GetAwaiter().GetResult();
        return new Dictionary<string, HostTensor>
        {
            ["motion"] = new(motion.Values.ToArray(), [motion.Frames, MotionLayout.Width]),
        };
    }

    private static async Task<MotionSequence> JoinAsync(IAsyncEnumerable<MotionSequence> pieces)
    {
        var collected = new List<MotionSequence>();
        await foreach (MotionSequence piece in pieces.ConfigureAwait(false))
        {
            collected.Add(piece);
        }

        return MotionSequence.Join(collected);
    }

    private static async IAsyncEnumerable<AudioTokens> Whole(AudioTokens tokens)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        yield return tokens;
    }
}
