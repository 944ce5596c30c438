using Moda.Kernels;
using Moda.Runtime.Motion;
using Moda.Runtime.Networks;
using Moda.Runtime.Networks.Motion;
using Moda.Runtime.Options;
using Moda.Runtime.Sampling;

namespace Moda.Parity.Cases;

/// <summary>Samples the motion of a clip from the audio, the face and the noise of a case, once for each way that is asked for.</summary>
internal sealed class SampledMotion : IDisposable
{
    private readonly ReferenceCase reference;
    private readonly HostTensor noise;
    private readonly ParameterStore store;
    private readonly MotionGenerator network;
    private readonly NullAudio nullAudio;
    private readonly AudioTokens tokens;

    /// <summary>Loads the motion generator and embeds the audio.</summary>
    /// <param name="device">Where the network runs.</param>
    /// <param name="reference">
    /// The case, with the inputs <c>audio</c>, <c>noise</c>, <c>ref_kp</c>, <c>prev_motion</c>, <c>null_audio_feat</c>; the caller owns it.
    /// </param>
    public SampledMotion(Device device, ReferenceCase reference)
    {
        this.reference = reference;
        HostTensor audio = reference.Input("audio");
        noise = reference.Input("noise");
        store = new ParameterStore(device);
        try
        {
            network = new MotionGenerator(new ParameterLoader(NullAudioWeights.Of(reference), store), noise.Extents[1]);
            using var tokenizer = new AudioTokenPass(device, network, audio.Extents[0]);
            tokens = tokenizer.Embed(audio.Values, audio.Values.Length / audio.Extents[0]);
            nullAudio = NullAudio.Of(network, layers: audio.Extents[1]);
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    /// <summary>The relative error up to which it passes: errors grow over the steps and from segment to segment.</summary>
    public static double Tolerance(ElementType precision) => precision == ElementType.Float32 ? 1e-3 : 2e-2;

    /// <summary>Samples the motion with the case's <c>steps</c> and <c>emotion</c>.</summary>
    /// <param name="guidanceScale">How far to the velocity with speech and emotion.</param>
    /// <param name="emotionScale">How far to the velocity with the emotion alone; null for two-way guidance.</param>
    /// <returns>[frames, 70], normalised.</returns>
    public HostTensor Compute(float guidanceScale, float? emotionScale = null)
    {
        int segmentLength = noise.Extents[1] * noise.Extents[2];
        var options = new MotionSamplingOptions { Steps = reference.Number("steps"), GuidanceScale = guidanceScale, EmotionScale = emotionScale };
        options.Validate();
        var conditions = new MotionRequest
        {
            Options = options,
            Emotion = reference.Number("emotion", least: 0),
            Keypoints = reference.Input("ref_kp").Values,
            PreviousMotion = reference.Input("prev_motion").Values,
            Noise = (segment, destination) => noise.Values.AsSpan(segment * segmentLength, segmentLength).CopyTo(destination),
        };
        using var sampler = new DirectSegmentSampler(store.Device, network, nullAudio, SamplingKind.Of(options, conditions.Emotion));
        var clip = new ClipSampler(sampler, AudioTokenPass.PaddingToken(store.Device, network));
        MotionSequence motion = JoinAsync(clip.SampleAsync(WholeAsync(tokens), conditions)).GetAwaiter().GetResult();
        return new HostTensor(motion.Values.ToArray(), [motion.Frames, MotionLayout.Width]);
    }

    /// <inheritdoc/>
    public void Dispose() => store.Dispose();

    private static async Task<MotionSequence> JoinAsync(IAsyncEnumerable<MotionSequence> pieces)
    {
        var collected = new List<MotionSequence>();
        await foreach (MotionSequence piece in pieces.ConfigureAwait(false))
        {
            collected.Add(piece);
        }

        return MotionSequence.Join(collected);
    }

    private static async IAsyncEnumerable<AudioTokens> WholeAsync(AudioTokens tokens)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        yield return tokens;
    }
}
