using Moda.Kernels;
using Moda.Runtime.Audio;
using Moda.Runtime.Imaging;
using Moda.Runtime.Media;
using Moda.Runtime.Motion;
using Moda.Runtime.Networks;
using Moda.Runtime.Networks.Audio;
using Moda.Runtime.Networks.FaceParsing;
using Moda.Runtime.Networks.Motion;
using Moda.Runtime.Networks.Rendering;
using Moda.Runtime.Sampling;
using Moda.Weights;

namespace Moda.Runtime;

/// <summary>
/// MoDA's networks, loaded once: from a portrait and a voice it makes the frames of a talking head, any number of times.
/// </summary>
/// <remarks>One generation at a time; a second one waits for the first.</remarks>
/// <example>
/// <code>
/// using Device device = DeviceSelector.Open("auto").Device;
/// using WeightSet weights = WeightSet.Open("weights/");
/// using TalkingHead head = TalkingHead.Load(weights, device);
/// Portrait portrait = Portrait.Create(ImageFile.Load("portrait.jpg"), new FaceAnalyzer(device));
/// Waveform voice = await Waveform.ReadAsync("voice.wav");
/// await using TalkingClip clip = await head.GenerateAsync(portrait, voice.OpenReader());
/// await foreach (VideoFrame frame in clip.RenderAsync())
/// {
///     // frame.Pixels: RGB bytes
/// }
/// </code>
/// </example>
public sealed class TalkingHead : IDisposable
{
    private readonly ParameterStore store;
    private readonly ParameterStore renderingStore;
    private readonly AudioEncoder audioEncoder;
    private readonly MotionGenerator motionGenerator;
    private readonly SourceEncoder sourceEncoder;
    private readonly RenderingNetworks rendering;
    private readonly StitchingNetworks stitching;
    private readonly MotionStatistics statistics;
    private readonly bool normalizesInput;
    private readonly SemaphoreSlim gate = new(1);
    private MotionSampler? sampler;
    private MotionSamplingOptions? plannedSampling;

    private TalkingHead(WeightSet weights, Device device, bool sideBySide, Action loaded)
    {
        Device = device;
        RunsSideBySide = sideBySide;
        store = new ParameterStore(device);
        Lanes = RenderLane.Open(device, sideBySide);
        renderingStore = new ParameterStore(Lanes[0].Device);
        var networks = new NetworkLoader(weights, loaded);

        // What one thread packs and queues for its networks, and waits for, leaves time to read those of the other.
        Task<RenderingNetworks>? beside = sideBySide ? Task.Run(LoadRendering) : null;
        try
        {
            audioEncoder = networks.Load("audio_encoder", store, parameters => new AudioEncoder(parameters, weights.AudioEncoder));
            motionGenerator = networks.Load("motion_generator", store, parameters => new MotionGenerator(parameters));
            stitching = networks.Load("stitching_retargeting", store, parameters => new StitchingNetworks(device, parameters));
            rendering = beside?.GetAwaiter().GetResult() ?? LoadRendering();
            sourceEncoder = new SourceEncoder(device, rendering.Appearance, rendering.Motion);

            // Whoever runs a network sees what its parameters' device has written once that has ended.
            device.Synchronize();
            renderingStore.Device.Synchronize();
        }
        catch
        {
            // Nothing is released while the other thread writes to it.
            Task.WaitAny(beside ?? Task.CompletedTask);
            stitching?.Dispose();
            ReleaseParametersAndLanes();
            throw;
        }

        statistics = new MotionStatistics(weights.MotionStatistics.Mean.Span, weights.MotionStatistics.StandardDeviation.Span);
        normalizesInput = weights.AudioEncoder.NormalizesInput;

        RenderingNetworks LoadRendering() => RenderingNetworks.Load(networks, renderingStore);
    }

    /// <summary>The device that carries the networks.</summary>
    public Device Device { get; }

    /// <summary>Bytes of device memory that the parameters take.</summary>
    public long ParameterBytes => store.ByteLength + renderingStore.ByteLength;

    /// <summary>Whether the weights have the face parser that <see cref="PasteBackMode.FaceMask"/> needs.</summary>
    public bool HasFaceParser => rendering.FaceParser is not null;

    /// <summary>Where frames are rendered; motion is generated on the device itself.</summary>
    internal RenderLane[] Lanes { get; }

    /// <summary>Whether motion is generated beside the rendering, which then pastes back on the device too.</summary>
    internal bool RunsSideBySide { get; }

    /// <summary>Frames that are rendered at once unless options say otherwise.</summary>
    internal int DefaultBatchSize => RunsSideBySide ? 8 : 1;

    /// <summary>Loads all networks of a set of weights.</summary>
    /// <param name="weights">The weights; they may be disposed afterwards.</param>
    /// <param name="device">Where the networks run. It must outlive the result.</param>
    /// <param name="progress">Told after each network; null for nobody.</param>
    /// <param name="cancellationToken">Looked at between two networks.</param>
    /// <exception cref="TensorNotFoundException">A network lacks a tensor.</exception>
    /// <exception cref="TensorMismatchException">A tensor has another shape than its network needs.</exception>
    /// <exception cref="InsufficientMemoryException">The device has too little memory.</exception>
    public static TalkingHead Load(
        WeightSet weights, Device device, IProgress<GenerationProgress>? progress = null, CancellationToken cancellationToken = default) =>
        Load(weights, device, device.RunsBesideHost, progress, cancellationToken);

    /// <summary>Loads all networks, for a pipeline whose stages run side by side or one after the other whatever the device.</summary>
    internal static TalkingHead Load(
        WeightSet weights, Device device, bool sideBySide, IProgress<GenerationProgress>? progress, CancellationToken cancellationToken)
    {
        int done = 0;
        var gate = new Lock();
        return new TalkingHead(weights, device, sideBySide, () =>
        {
            lock (gate)
            {
                done++;
                progress?.Report(new GenerationProgress(GenerationStage.LoadingWeights, done, weights.Networks.Count));
            }

            cancellationToken.ThrowIfCancellationRequested();
        });
    }

    /// <summary>
    /// Begins a clip: encodes the portrait and generates motion, the first segment or, where the options need it, all. Frames, and the
    /// rest of the motion, are generated when they are asked for. On a GPU motion runs ahead of the rendering, beside it.
    /// </summary>
    /// <param name="portrait">The portrait.</param>
    /// <param name="speech">Mono samples at 16 kHz, read as the motion is generated; the caller disposes it after the clip.</param>
    /// <param name="options">How; null for the reference's defaults.</param>
    /// <param name="progress">Told as the stages go on; null for nobody.</param>
    /// <param name="cancellationToken">Looked at before each op; stops the clip's motion later on, too.</param>
    /// <returns>The clip. Until it is disposed, other generations wait.</returns>
    /// <exception cref="AudioException">The speech is empty, too short, or not finite.</exception>
    /// <exception cref="ArgumentException">The options need what the weights or the portrait lack.</exception>
    /// <exception cref="OperationCanceledException">The generation was cancelled.</exception>
    public async Task<TalkingClip> GenerateAsync(
        Portrait portrait,
        ISampleReader speech,
        GenerationOptions? options = null,
        IProgress<GenerationProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        options ??= new GenerationOptions();
        if (options.PasteBack == PasteBackMode.FaceMask && !HasFaceParser)
        {
            throw new ArgumentException("Pasting back by face mask needs the face parser, which these weights lack.", nameof(options));
        }

        var driver = new KeypointDriver(options.Driving, stitching);
        await gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        SourceFace? face = null;
        ClipMotion? motion = null;
        try
        {
            var times = new StageTimes();
            face = EncodePortrait(portrait, times, progress, cancellationToken);
            SourceKeypoints source = SourceKeypoints.From(face.Motion);
            var generation = new MotionGeneration(this, speech, portrait, source, driver, options, times, progress);
            motion = new ClipMotion(generation.GenerateAsync, RunsSideBySide, cancellationToken);
            await motion.ReachAsync(generation.NeedsWholeMotion ? int.MaxValue : 0, cancellationToken).ConfigureAwait(false);
            return new TalkingClip(this, gate, portrait, face, source, motion, options, times, progress);
        }
        catch
        {
            if (motion is not null)
            {
                await motion.DisposeAsync().ConfigureAwait(false);
            }

            face?.Dispose();
            gate.Release();
            throw;
        }
    }

    /// <summary>
    /// Does once, unseen, all that clips with such options do, so that the next clip's first frame waits for nothing but its own work:
    /// forwards are planned, what a GPU replays is recorded, code is compiled. For whoever keeps a head to answer requests; a single clip
    /// is done no sooner.
    /// </summary>
    /// <param name="portrait">A portrait; of the same size as those that will come, if frames are pasted back on a GPU.</param>
    /// <param name="options">As for the clips that will come; null for the reference's defaults.</param>
    /// <param name="cancellationToken">Looked at before each op.</param>
    /// <exception cref="ArgumentException">The options need what the weights or the portrait lack.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; the head can be used nevertheless.</exception>
    public async Task WarmUpAsync(Portrait portrait, GenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new GenerationOptions();

        // A device records at the second run: two segments, two batches.
        float[] noise = new float[(motionGenerator.Frames + 1) * AudioPreparation.SamplesPerFrame];
        new PhiloxNormal(Seed: 0, Stream: 0).Fill(noise);
        GenerationOptions unseen = options with
        {
            Audio = options.Audio with { Silence = SilenceMode.None },
            Noise = null,
            Probe = null,
        };
        await using TalkingClip clip = await GenerateAsync(
            portrait, new Waveform(noise).OpenReader(), unseen, progress: null, cancellationToken).ConfigureAwait(false);
        await clip.CompleteMotionAsync(cancellationToken).ConfigureAwait(false);
        await Task.WhenAll(Lanes.Select(lane => Task.Run(() => clip.RenderUnseen(lane, batches: 2, cancellationToken), cancellationToken)))
            .ConfigureAwait(false);

        // The way from the lanes to whoever asks for frames: its code is compiled when it is first gone.
        await foreach (VideoFrame _ in clip.RenderAsync(Enumerable.Range(0, clip.BatchSize), cropRendered: null, cancellationToken).ConfigureAwait(false))
        {
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        sampler?.Dispose();
        stitching.Dispose();
        ReleaseParametersAndLanes();
        gate.Dispose();
    }

    /// <summary>Plans the rendering of a face.</summary>
    internal FrameRenderer CreateRenderer(Device device, SourceFace face, int batchSize) =>
        new(device, rendering.Warping, rendering.Generator, face.Volume.Shape, MotionLayout.KeypointCount, batchSize);

    /// <summary>Plans the segmentation of square crops.</summary>
    internal FaceParser CreateFaceParser(Device device, int size) => new(device, rendering.FaceParser!, size, size);

    /// <summary>Prepares the encoding of speech; the caller disposes it.</summary>
    internal SpeechEncoder CreateSpeechEncoder() => new(Device, audioEncoder);

    /// <summary>What the motion is normalised by.</summary>
    internal MotionStatistics Statistics => statistics;

    /// <summary>Whether the audio encoder wants speech of zero mean and unit variance.</summary>
    internal bool NormalizesSpeech => normalizesInput;

    /// <summary>The sampler for some options, kept for the next clip; the head owns it.</summary>
    internal MotionSampler SamplerFor(GenerationOptions options)
    {
        MotionSamplingOptions wanted = options.Sampling with { AudioLayers = audioEncoder.Layers };
        if (sampler is null || plannedSampling != wanted || !options.NullAudio.IsEmpty)
        {
            sampler?.Dispose();
            sampler = null;
            sampler = new MotionSampler(Device, motionGenerator, wanted, options.NullAudio.Span);
            plannedSampling = options.NullAudio.IsEmpty ? wanted : null;
        }

        return sampler;
    }

    private void ReleaseParametersAndLanes()
    {
        renderingStore.Dispose();
        store.Dispose();
        foreach (RenderLane lane in Lanes)
        {
            lane.Dispose();
        }
    }

    private SourceFace EncodePortrait(
        Portrait portrait, StageTimes times, IProgress<GenerationProgress>? progress, CancellationToken cancellationToken)
    {
        using StageTimes.Measurement measurement = times.Measure(GenerationStage.EncodingPortrait);
        progress?.Report(new GenerationProgress(GenerationStage.EncodingPortrait, 0, 1));
        RgbImage input = portrait.Crop.ToNetworkInput();
        float[] values = Array.ConvertAll(input.Pixels, value => value / (float)byte.MaxValue);
        SourceFace face = sourceEncoder.Encode(values, input.Height, input.Width, cancellationToken);
        progress?.Report(new GenerationProgress(GenerationStage.EncodingPortrait, 1, 1));
        return face;
    }
}
