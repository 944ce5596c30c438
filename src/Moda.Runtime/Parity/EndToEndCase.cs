using System.Globalization;
using System.Runtime.CompilerServices;
using Moda.Kernels;
using Moda.Runtime.Audio;
using Moda.Runtime.Imaging;
using Moda.Runtime.Media;
using Moda.Runtime.Motion;
using Moda.Runtime.Sampling;

namespace Moda.Runtime.Parity;

/// <summary>The whole chain, from a portrait and speech to frames, with the intermediate values of each stage.</summary>
internal sealed class EndToEndCase : IParityCase
{
    /// <summary>Of the PCM samples that the case stores.</summary>
    private const float PcmScale = 1 / 32768f;

    public string Kind => "e2e";

    // Sampling multiplies the error of each step; what follows from it has the sampler's tolerance.
    public double Tolerance(ElementType precision) => precision == ElementType.Float32 ? 1e-3 : 2e-2;

    public ImageRequirement? ImageRequirement(string output) =>
        output.StartsWith("frame", StringComparison.Ordinal) ? Parity.ImageRequirement.Rendered
        : output == "crop256" ? Parity.ImageRequirement.Sampled
        : null;

    public IReadOnlyDictionary<string, HostTensor> Compute(Device device, ReferenceCase reference) =>
        ComputeAsync(device, reference).GetAwaiter().GetResult();

    private static async Task<IReadOnlyDictionary<string, HostTensor>> ComputeAsync(Device device, ReferenceCase reference)
    {
        var engineOptions = new EngineOptions { BorrowsDevice = true, NullAudio = reference.Input("null_audio_feat").Values };
        TalkingHeadEngine engine = await TalkingHeadEngine.LoadAsync(reference.Weights, device, engineOptions).ConfigureAwait(false);
        await using ConfiguredAsyncDisposable disposal = engine.ConfigureAwait(false);
        Portrait portrait = Portrait.Create(
            reference.Image("image"),
            reference.Landmarks("landmarks"),
            new PortraitOptions { LongestSide = reference.Number("source_max_dim"), Border = BorderMode.Black });
        using PreparedPortrait prepared = await engine.PrepareAsync(portrait).ConfigureAwait(false);
        var seen = new Inspection(reference);
        HostTensor noise = reference.Input("noise");
        var options = new GenerationOptions
        {
            Emotion = (Emotion)reference.Number("emotion", least: 0),
            Sampling = new MotionSamplingOptions { GuidanceScale = (float)reference.Real("cfg_scale") },
            Noise = (segment, destination) => noise.Values.AsSpan(segment * destination.Length, destination.Length).CopyTo(destination),
            Audio = new AudioPreparationOptions { SilentClip = Speech(reference, "silence16k"), Scaling = PieceScaling.EachPiece },
            Inspection = seen,
        };
        await using TalkingClip clip = engine.Speak(prepared, Speech(reference, "speech16k"), options);
        await foreach (VideoFrame frame in clip.WithCancellation(CancellationToken.None).ConfigureAwait(false))
        {
            seen.See("frame", frame);
        }

        Dictionary<string, HostTensor> outputs = seen.Outputs;
        int frames = seen["motion"].Length / MotionLayout.Width;
        int audioChannels = seen["audio_embedding"].Length / frames;
        outputs["crop256"] = portrait.Crop.ToNetworkInput().ToHostTensor();
        outputs["input_values"] = await InputValuesAsync(reference).ConfigureAwait(false);
        outputs["audio_embedding"] = EveryFrame(
            seen["audio_embedding"], audioChannels, reference.Number("embedding_stride"));
        outputs["prev_motion"] = new(seen["prev_motion"], [1, 1, MotionLayout.Width]);
        outputs["rescale_ratio"] = new(seen["rescale_ratio"], [1, 1]);
        outputs["motion"] = new(seen["motion"], [frames, MotionLayout.Width]);
        outputs["modulated"] = new(seen["modulated"], [seen["modulated"].Length / MotionLayout.Width, MotionLayout.Width]);
        outputs["x_s"] = new(seen["x_s"], [1, MotionLayout.KeypointCount, 3]);
        outputs["x_d"] = new(seen["x_d"], [seen["x_d"].Length / MotionLayout.KeypointLength, MotionLayout.KeypointCount, 3]);
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

    private static HostTensor EveryFrame(float[] values, int width, int stride)
    {
        int frames = (values.Length / width + stride - 1) / stride;
        float[] kept = new float[frames * width];
        for (int frame = 0; frame < frames; frame++)
        {
            values.AsSpan(frame * stride * width, width).CopyTo(kept.AsSpan(frame * width));
        }

        return new HostTensor(kept, [frames, width]);
    }

    /// <summary>Keeps the intermediate values, and the frames and crops that the case has.</summary>
    private sealed class Inspection(ReferenceCase reference) : ClipInspection
    {
        private readonly Dictionary<string, float[]> values = [];
        private readonly int stride = reference.Number("frame_stride");
        private readonly Lock gate = new();

        public Dictionary<string, HostTensor> Outputs { get; } = [];

        public override IReadOnlySet<int> Frames { get; } =
            reference.Parameter("frames_kept")!.Value.EnumerateArray().Select(index => index.GetInt32()).ToHashSet();

        public float[] this[string name] => values[name];

        public override void See(string name, ReadOnlySpan<float> seen) => values[name] = seen.ToArray();

        public override void SeeCrop(int frame, RgbImage crop) => Add("frame512", frame, ImageValues.Thin(crop.Pixels, crop.Height, crop.Width, stride));

        public void See(string name, VideoFrame frame) =>
            Add(name, frame.Index, ImageValues.Thin(frame.Pixels.Span, frame.Height, frame.Width, stride));

        // Crops come from the threads that render.
        private void Add(string prefix, int index, HostTensor pixels)
        {
            lock (gate)
            {
                Outputs.Add(string.Create(CultureInfo.InvariantCulture, $"{prefix}.{index}"), pixels);
            }
        }
    }
}
