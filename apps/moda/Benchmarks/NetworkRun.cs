using Moda.Kernels;
using Moda.Kernels.Forwards;
using Moda.Runtime.Networks;
using Moda.Runtime.Networks.Audio;
using Moda.Runtime.Networks.FaceParsing;
using Moda.Runtime.Networks.Motion;
using Moda.Runtime.Networks.Rendering;
using Moda.Runtime.Options;
using Moda.Runtime.Sampling;
using Moda.Weights.Sets;

namespace Moda.Cli.Benchmarks;

/// <summary>A network with random inputs on a device, planned and ready to run over and over.</summary>
internal sealed class NetworkRun : IDisposable
{
    private readonly ParameterStore store;
    private readonly IDisposable[] owned;

    private NetworkRun(ParameterStore store, Action run, Func<IReadOnlyList<OpTiming>>? profile, params IDisposable[] owned)
    {
        this.store = store;
        this.owned = owned;
        Run = run;
        Profile = profile ?? (() => []);
    }

    /// <summary>What can be timed, by name.</summary>
    public static IReadOnlyDictionary<string, Func<Device, WeightSet, NetworkRun>> All { get; } = new Dictionary<string, Func<Device, WeightSet, NetworkRun>>
    {
        ["warping"] = (device, weights) => Warping(device, weights, 1),
        ["spade"] = (device, weights) => Spade(device, weights, 1),
        ["warping of 8 frames"] = (device, weights) => Warping(device, weights, 8),
        ["spade of 8 frames"] = (device, weights) => Spade(device, weights, 8),
        ["step"] = MotionStep,
        ["hubert 4 s"] = (device, weights) => AudioEncoder(device, weights, seconds: 4),
        ["hubert 60 s"] = (device, weights) => AudioEncoder(device, weights, seconds: 60),
        ["appearance"] = Appearance,
        ["motion extractor"] = MotionExtractor,
        ["face parser"] = FaceParser,
        ["segment of 10 steps"] = (device, weights) => MotionSegments(device, weights, clips: 1),
        ["segments of 8 clips"] = (device, weights) => MotionSegments(device, weights, clips: 8),
        ["1 frame to bytes"] = (device, weights) => Frames(device, weights, batch: 1, planned: 1),
        ["1 frame as one of 8"] = (device, weights) => Frames(device, weights, batch: 1, planned: 8),
        ["4 frames as 4 of 8"] = (device, weights) => Frames(device, weights, batch: 4, planned: 8),
        ["8 frames to bytes"] = (device, weights) => Frames(device, weights, batch: 8, planned: 8),
    };

    /// <summary>Bytes of the parameters.</summary>
    public long ParameterBytes => store.ByteLength;

    /// <summary>Carries the work out once; a device that queues its ops may not have ended it.</summary>
    public Action Run { get; }

    /// <summary>Carries the forward out once and times each op; empty where the forward belongs to a class of the pipeline.</summary>
    public Func<IReadOnlyList<OpTiming>> Profile { get; }

    public void Dispose()
    {
        foreach (IDisposable one in owned)
        {
            one.Dispose();
        }

        store.Dispose();
    }

    private static NetworkRun Warping(Device device, WeightSet weights, int batch)
    {
        var store = new ParameterStore(device);
        var network = new WarpingNetwork(Parameters(store, weights, "warping_module"));
        var extractor = new AppearanceExtractor(Parameters(store, weights, "appearance_feature_extractor"));
        return Create(
            store,
            workspace =>
            {
                Tensor volume = workspace.Allocate(extractor.VolumeShape(new Shape(batch, 256, 256, 3)));
                Tensor source = workspace.AllocateCoordinates(new Shape(batch, 21, 3));
                Tensor driving = workspace.AllocateCoordinates(new Shape(batch, 21, 3));
                network.Forward(workspace, network.PrepareSource(workspace, volume, source), driving);
                return [volume, source, driving];
            });
    }

    private static NetworkRun Spade(Device device, WeightSet weights, int batch)
    {
        var store = new ParameterStore(device);
        var network = new SpadeGenerator(Parameters(store, weights, "spade_generator"));
        var warping = new WarpingNetwork(Parameters(store, weights, "warping_module"));
        var extractor = new AppearanceExtractor(Parameters(store, weights, "appearance_feature_extractor"));
        return Create(
            store,
            workspace =>
            {
                Tensor features = workspace.Allocate(warping.FeatureShape(extractor.VolumeShape(new Shape(batch, 256, 256, 3))));
                network.Forward(workspace, features);
                return [features];
            });
    }

    private static NetworkRun MotionStep(Device device, WeightSet weights)
    {
        // With guidance: conditional and unconditional at once.
        const int Batch = 2;
        var store = new ParameterStore(device);
        var network = new MotionGenerator(Parameters(store, weights, "motion_generator"));
        return Create(
            store,
            workspace =>
            {
                MotionConditioning conditioning = network.Condition(workspace, steps: 1, Batch);
                Tensor motion = workspace.Allocate(network.Frames, Batch, 2 * network.MotionChannels);
                Tensor audio = workspace.Allocate(network.Frames, Batch, network.AudioChannels);
                Tensor tokens = network.EmbedAudio(workspace, audio);
                network.Velocity(workspace, motion, tokens, conditioning, step: 0);
                return [motion, audio, conditioning.Keypoints, conditioning.TimeFeatures[0], conditioning.Emotion];
            });
    }

    private static NetworkRun AudioEncoder(Device device, WeightSet weights, int seconds)
    {
        var store = new ParameterStore(device);
        var network = new AudioEncoder(Parameters(store, weights, "audio_encoder"), weights.AudioEncoder);
        return Create(
            store,
            workspace =>
            {
                AudioEncoderPorts ports = network.Forward(workspace, samples: seconds * 16_000 + 80, frames: seconds * 25);
                return [ports.Waveform, ports.Scale, ports.Shift];
            });
    }

    private static NetworkRun Appearance(Device device, WeightSet weights) =>
        OnImage(device, weights, "appearance_feature_extractor", 256, parameters =>
        {
            var network = new AppearanceExtractor(parameters);
            return (workspace, image) => network.Forward(workspace, image);
        });

    private static NetworkRun MotionExtractor(Device device, WeightSet weights) =>
        OnImage(device, weights, "motion_extractor", 256, parameters =>
        {
            var network = new MotionExtractor(parameters);
            return (workspace, image) => network.Forward(workspace, image);
        });

    private static NetworkRun FaceParser(Device device, WeightSet weights) =>
        OnImage(device, weights, "face_parser", 512, parameters =>
        {
            var network = new BiSeNet(parameters);
            return (workspace, image) => network.Forward(workspace, image);
        });

    /// <summary>A network that looks at one image.</summary>
    private static NetworkRun OnImage(
        Device device, WeightSet weights, string module, int size, Func<ParameterLoader, Action<Workspace, Tensor>> load)
    {
        var store = new ParameterStore(device);
        Action<Workspace, Tensor> forward = load(Parameters(store, weights, module));
        return Create(
            store,
            workspace =>
            {
                Tensor image = workspace.Allocate(1, size, size, 3);
                forward(workspace, image);
                return [image];
            });
    }

    private static NetworkRun MotionSegments(Device device, WeightSet weights, int clips)
    {
        var store = new ParameterStore(device);
        var network = new MotionGenerator(Parameters(store, weights, "motion_generator"));
        NullAudio nullAudio = NullAudio.Of(network, layers: network.NullAudio is { } layer ? network.AudioChannels / layer.Count : 1);
        const int Emotion = 0;
        var options = new MotionSamplingOptions();
        var sampler = new SamplingPass(device, network, nullAudio, SamplingKind.Of(options, Emotion), clips);
        SegmentInput[] segments = [.. Enumerable.Range(0, clips).Select(_ => new SegmentInput
        {
            Options = options,
            Emotion = Emotion,
            Keypoints = Values(21 * 3),
            AudioTokens = Values(network.Frames * network.Channels),
            PreviousMotion = Values(network.MotionChannels),
            Noise = Values(network.Frames * network.MotionChannels),
            Motion = new float[network.Frames * network.MotionChannels],
        })];
        return new NetworkRun(store, () => sampler.Run(segments), null, sampler);
    }

    private static NetworkRun Frames(Device device, WeightSet weights, int batch, int planned)
    {
        const int Size = 256;
        const int Keypoints = 21;
        var store = new ParameterStore(device);
        var warping = new WarpingNetwork(Parameters(store, weights, "warping_module"));
        var encoder = new SourcePass(
            device,
            new AppearanceExtractor(Parameters(store, weights, "appearance_feature_extractor")),
            new MotionExtractor(Parameters(store, weights, "motion_extractor")),
            warping);
        SourceFace face = encoder.Encode(Values(Size * Size * 3), Size, Size);
        var renderer = new FramePass(
            device, warping, new SpadeGenerator(Parameters(store, weights, "spade_generator")), face.Volume.Shape, Keypoints, planned);
        float[] source = Values(Keypoints * 3);
        byte[] frame = new byte[renderer.FrameBytes];
        return new NetworkRun(store, Run, null, renderer, face, encoder);

        void Run()
        {
            for (int place = 0; place < batch; place++)
            {
                renderer.Set(place, face, source, source);
            }

            renderer.Render(batch);
            for (int place = 0; place < batch; place++)
            {
                renderer.Read(place, frame);
            }
        }
    }

    private static ParameterLoader Parameters(ParameterStore store, WeightSet weights, string module) =>
        new(weights.Network(module), store);

    /// <summary>Plans a forward that returns its inputs, and fills them with values in [0, 1).</summary>
    private static NetworkRun Create(ParameterStore store, Func<Workspace, Tensor[]> forward)
    {
        Device device = store.Device;
        var pass = new ForwardPass<Tensor[]>(device, forward);
        foreach (Tensor input in pass.Ports)
        {
            device.Write(Values(input.Shape.ElementCount), input);
        }

        return new NetworkRun(store, () => pass.Run(), pass.Profile, pass);
    }

    /// <summary>Values in [0, 1), the same each time.</summary>
    private static float[] Values(long count)
    {
        var random = new Random(3);
        var values = new float[count];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = random.NextSingle();
        }

        return values;
    }
}
