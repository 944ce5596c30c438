using System.Runtime.CompilerServices;
using Moda.Kernels;
using Moda.Runtime;
using Moda.Runtime.Audio;
using Moda.Runtime.Imaging;
using Moda.Runtime.Media;
using Moda.Runtime.Sampling;
using Moda.Weights;

namespace Moda.Parity.Cases;

/// <summary>The whole chain, from a portrait and speech to frames, with the intermediate values of each stage.</summary>
internal sealed class EndToEndCase : IParityCase
{
    /// <summary>Of the PCM samples that the case stores.</summary>
    private const float PcmScale = 1 / 32768f;

    public string Kind => "e2e";

    // Sampling multiplies the error of each step; what follows from it has the sampler's tolerance.
    public double Tolerance(ElementType precision) => precision == ElementType.Float32 ? 1e-3 : 2e-2;

    public ImageRequirement? ImageRequirement(string output) =>
        output.StartsWith("frame", StringComparison.Ordinal) ? Cases.ImageRequirement.Rendered
        : output == "crop256" ? Cases.ImageRequirement.Sampled
        : null;

    public IReadOnlyDictionary<string, HostTensor> Compute(Device device, ReferenceCase reference) =>
        ComputeAsync(device, reference).GetAwaiter().GetResult();

    private static async Task<IReadOnlyDictionary<string, HostTensor>> ComputeAsync(Device device, ReferenceCase reference)
    {
        // The engine disposes its device: it gets a queue of the caller's.
        WeightSet weights = reference.Weights.With(NullAudioWeights.Module, NullAudioWeights.Of(reference));
        TalkingHeadEngine engine = await TalkingHeadEngine.LoadAsync(weights, device.CreateQueue()).ConfigureAwait(false);
        await using ConfiguredAsyncDisposable disposal = engine.ConfigureAwait(false);
        Portrait portrait = Portrait.Create(
            reference.Image("image"),
            reference.Landmarks("landmarks"),
            new PortraitOptions { LongestSide = reference.Number("source_max_dim"), Border = BorderMode.Black });
        using PreparedPortrait prepared = await engine.PrepareAsync(portrait).ConfigureAwait(false);
        var seen = new EndToEndObserver(reference);
        HostTensor noise = reference.Input("noise");
        var options = new GenerationOptions
        {
            Emotion = (Emotion)reference.Number("emotion", least: 0),
            Sampling = new MotionSamplingOptions { GuidanceScale = (float)reference.Real("cfg_scale") },
            Noise = (segment, destination) => noise.Values.AsSpan(segment * destination.Length, destination.Length).CopyTo(destination),
            Audio = new AudioPreparationOptions { SilentClip = Speech(reference, "silence16k"), Scaling = PieceScaling.EachPiece },
            Observer = seen,
        };
        await using TalkingClip clip = engine.Speak(prepared, Speech(reference, "speech16k"), options);
        await foreach (VideoFrame frame in clip.WithCancellation(CancellationToken.None).ConfigureAwait(false))
        {
            seen.ReceiveFrame(frame);
        }

        Dictionary<string, HostTensor> outputs = seen.ToOutputs();
        outputs["crop256"] = portrait.Crop.ToNetworkInput().ToHostTensor();
        outputs["input_values"] = await InputValuesAsync(reference).ConfigureAwait(false);
        return outputs;
    }

    // The reference shows the values before they are cut to whole frames and padded.
    private static async Task<HostTensor> InputValuesAsync(ReferenceCase reference)
    {
        Waveform silence = Speech(reference, "silence16k");
        await using ISampleReader speech = Speech(reference, "speech16k").OpenReader(reference.Path);
        int length = (int)(new AudioPreparationOptions().SilenceDuration.TotalSeconds * Waveform.SampleRate);
        await using var conditioned = new SpeechConditioner(speech, SilenceMode.Post, silence.Samples[..length]);
        float[] values = await conditioned.ReadToEndAsync().ConfigureAwait(false);
        AudioPreparation.Normalize(values);
        return new HostTensor(values, [values.Length]);
    }

    private static Waveform Speech(ReferenceCase reference, string name) =>
        new(Array.ConvertAll(reference.Input(name).Values, sample => sample * PcmScale));
}
