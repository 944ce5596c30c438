using System.Globalization;
using Moda.Kernels;
using Moda.Runtime.Audio;
using Moda.Runtime.Imaging;
using Moda.Runtime.Media;
using Moda.Runtime.Motion;
using Moda.Runtime.Sampling;
using Moda.Weights;

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
        using TalkingHead head = TalkingHead.Load(reference.Weights, device);
        Portrait portrait = Portrait.Create(
            reference.Image("image"),
            reference.Landmarks("landmarks"),
            new PortraitOptions { LongestSide = reference.Number("source_max_dim") });
        var probed = new Dictionary<string, float[]>();
        HostTensor noise = reference.Input("noise");
        var options = new GenerationOptions
        {
            Emotion = (Emotion)reference.Number("emotion", least: 0),
            Sampling = new MotionSamplingOptions { GuidanceScale = (float)reference.Real("cfg_scale") },
            Noise = (segment, destination) => noise.Values.AsSpan(segment * destination.Length, destination.Length).CopyTo(destination),
            NullAudio = reference.Input("null_audio_feat").Values,
            Audio = new AudioPreparationOptions { SilentClip = Speech(reference, "silence16k") },
            Probe = (name, values) => probed[name] = values.ToArray(),
        };
        await using ISampleReader speech = Speech(reference, "speech16k").OpenReader(reference.Path);
        await using TalkingClip clip = await head.GenerateAsync(portrait, speech, options).ConfigureAwait(false);
        int frames = probed["motion"].Length / MotionLayout.Width;
        int audioChannels = probed["audio_embedding"].Length / frames;
        var outputs = new Dictionary<string, HostTensor>
        {
            ["crop256"] = portrait.Crop.ToNetworkInput().ToHostTensor(),
            ["input_values"] = await InputValuesAsync(reference).ConfigureAwait(false),
            ["audio_embedding"] = EveryFrame(probed["audio_embedding"], audioChannels, reference.Number("embedding_stride")),
            ["prev_motion"] = new(probed["prev_motion"], [1, 1, MotionLayout.Width]),
            ["rescale_ratio"] = new(probed["rescale_ratio"], [1, 1]),
            ["motion"] = new(probed["motion"], [frames, MotionLayout.Width]),
            ["modulated"] = new(probed["modulated"], [probed["modulated"].Length / MotionLayout.Width, MotionLayout.Width]),
            ["x_s"] = new(clip.SourceKeypoints, [1, MotionLayout.KeypointCount, 3]),
            ["x_d"] = new(clip.Driving.Values.ToArray(), [clip.Driving.Frames, MotionLayout.KeypointCount, 3]),
        };
        await AddFramesAsync(head, portrait, clip, reference, outputs).ConfigureAwait(false);
        return outputs;
    }

    private static async Task AddFramesAsync(
        TalkingHead head, Portrait portrait, TalkingClip clip, ReferenceCase reference, Dictionary<string, HostTensor> outputs)
    {
        int stride = reference.Number("frame_stride");
        HashSet<int> kept = [.. reference.Parameter("frames_kept")!.Value.EnumerateArray().Select(index => index.GetInt32())];
        await foreach (VideoFrame frame in clip.RenderAsync(kept, AddCrop).ConfigureAwait(false))
        {
            Add("frame", frame.Index, ImageValues.Thin(frame.Pixels.Span, frame.Height, frame.Width, stride));
        }

        void AddCrop(int index, RgbImage crop) => Add("frame512", index, ImageValues.Thin(crop.Pixels, crop.Height, crop.Width, stride));

        // Crops come from the threads that render.
        void Add(string prefix, int index, HostTensor values)
        {
            lock (outputs)
            {
                outputs.Add(Name(prefix, index), values);
            }
        }

        static string Name(string prefix, int index) => string.Create(CultureInfo.InvariantCulture, $"{prefix}.{index}");
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
}
