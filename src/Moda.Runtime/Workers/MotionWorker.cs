using Moda.Kernels;
using Moda.Runtime.Audio;
using Moda.Runtime.Faces;
using Moda.Runtime.Imaging;
using Moda.Runtime.Motion;
using Moda.Runtime.Networks;
using Moda.Runtime.Networks.Audio;
using Moda.Runtime.Networks.Rendering;
using Moda.Runtime.Observation;
using Moda.Runtime.Options;
using Moda.Runtime.Sampling;

namespace Moda.Runtime.Workers;

/// <summary>
/// Everything that comes before rendering, on one queue of the device: portraits, speech, segments of motion, stitching. One thread at a
/// time.
/// </summary>
internal sealed class MotionWorker : IDisposable
{
    /// <summary>Kinds of sampling that forwards are kept for: as many as there are of guidance, at the usual steps.</summary>
    private const int KeptKinds = 3;

    private readonly Device device;
    private readonly EngineNetworks networks;
    private readonly SourcePass portraits;
    private readonly SourcePass frames;
    private readonly DeviceMemoryPool frameMemories;

    // What the networks read of one face, [256, 256, 3].
    private readonly RgbImage input = new(FaceCrop.NetworkInputSize, FaceCrop.NetworkInputSize);
    private float[] values = [];
    private readonly SpeechPass speech;

    // Pieces of live sessions have one length, and do not wait for a forward that other voices have replaced.
    private readonly SpeechPass liveSpeech;

    // The kind that was used last stands last.
    private readonly List<KindSamplers> samplers = [];
    private MotionReadingPass? motionReading;
    private long deviceBytes;

    /// <summary>Prepares the worker; forwards are planned when they are needed first.</summary>
    /// <param name="device">The worker's queue; the caller owns it.</param>
    /// <param name="networks">The networks.</param>
    /// <param name="mostClips">Segments of so many clips are sampled at once, at the most.</param>
    /// <param name="framesPerBatch">Faces of so many frames of a video are encoded at once.</param>
    public MotionWorker(Device device, EngineNetworks networks, int mostClips, int framesPerBatch)
    {
        this.device = device;
        this.networks = networks;
        MostClips = mostClips;
        RenderingNetworks rendering = networks.Rendering;
        portraits = new SourcePass(device, rendering.Appearance, rendering.Motion, rendering.Warping);

        // A face and what it is pasted into, for the frames of about four batches on their way.
        frameMemories = new DeviceMemoryPool(device, mostFree: 8 * framesPerBatch);
        frames = new SourcePass(device, rendering.Appearance, rendering.Motion, rendering.Warping, framesPerBatch, frameMemories);
        speech = new SpeechPass(device, networks.AudioEncoder, networks.MotionGenerator);
        liveSpeech = new SpeechPass(device, networks.AudioEncoder, networks.MotionGenerator);
        LiveEncoder = new LiveEncoder(networks.NormalizesSpeech, networks.AudioEncoder.WindowLength, networks.MotionGenerator.Channels);
        PaddingToken = AudioTokenPass.PaddingToken(device, networks.MotionGenerator);
    }

    /// <summary>Segments of so many clips are sampled at once, at the most.</summary>
    public int MostClips { get; }

    /// <summary>The token of a frame that there is no audio for, [C].</summary>
    public float[] PaddingToken { get; }

    /// <summary>What live sessions need to know of the audio encoder.</summary>
    public LiveEncoder LiveEncoder { get; }

    /// <summary>The sizes of batches of segments that there are forwards for, largest first.</summary>
    public IEnumerable<int> PlannedSizes
    {
        get
        {
            for (int size = MostClips; size >= 1; size /= 2)
            {
                yield return size;
            }
        }
    }

    /// <summary>Bytes of device memory that the worker holds besides the networks' parameters. Any thread may ask.</summary>
    public long DeviceBytes => Volatile.Read(ref deviceBytes) + frameMemories.FreeBytes;

    /// <summary>Puts a portrait on the device.</summary>
    /// <param name="portrait">The portrait.</param>
    /// <param name="cropSide">The side of rendered crops, in pixels.</param>
    /// <param name="reclaim">Takes it back after its last lease.</param>
    /// <param name="cancellationToken">Looked at before each op.</param>
    /// <exception cref="InsufficientMemoryException">The device has too little memory left.</exception>
    public LoadedPortrait Load(Portrait portrait, int cropSide, Action<LoadedPortrait> reclaim, CancellationToken cancellationToken)
    {
        SourceFace face = portraits.Encode(ReadInputs([portrait]), input.Height, input.Width, cancellationToken);
        CountBytes();
        PasteGround? ground = null;
        try
        {
            ground = PastingPass.Suits(device) ? new PasteGround(device, portrait, cropSide) : null;
            return new LoadedPortrait(portrait, face, ground, networks.Statistics, reclaim);
        }
        catch
        {
            ground?.Dispose();
            face.Dispose();
            throw;
        }
    }

    /// <summary>Puts the faces of a video's frames on the device, in batches and in memory of earlier frames.</summary>
    /// <param name="pictures">The frames.</param>
    /// <param name="pasteBack">How they are pasted into.</param>
    /// <param name="cropSide">The side of rendered crops, in pixels.</param>
    /// <param name="reclaim">Takes each back after its last lease.</param>
    /// <param name="cancellationToken">Looked at before each op.</param>
    /// <returns>As many as there are frames, each with one lease.</returns>
    /// <exception cref="InsufficientMemoryException">The device has too little memory left.</exception>
    public IReadOnlyList<LoadedPortrait> LoadFrames(
        IReadOnlyList<Portrait> pictures, PasteBackMode pasteBack, int cropSide, Action<LoadedPortrait> reclaim, CancellationToken cancellationToken)
    {
        bool needsGround = pasteBack == PasteBackMode.Feather && PastingPass.Suits(device);
        var loaded = new List<LoadedPortrait>(pictures.Count);
        var faces = new List<SourceFace>(pictures.Count);
        try
        {
            foreach (Portrait[] batch in pictures.Chunk(frames.BatchSize))
            {
                faces.AddRange(frames.EncodeAll(ReadInputs(batch), input.Height, input.Width, cancellationToken));
            }

            CountBytes();
            while (loaded.Count < pictures.Count)
            {
                Portrait picture = pictures[loaded.Count];
                PasteGround? ground = needsGround ? new PasteGround(device, picture, cropSide, frameMemories) : null;
                loaded.Add(new LoadedPortrait(picture, faces[loaded.Count], ground, networks.Statistics, reclaim));
            }

            return loaded;
        }
        catch
        {
            loaded.ForEach(portrait => portrait.Free());
            faces.Skip(loaded.Count).ToList().ForEach(face => face.Dispose());
            throw;
        }
    }

    /// <summary>Reads the motion of a face that drives another.</summary>
    /// <param name="face">As the networks read it: 256 x 256, the face where the usual crop has it.</param>
    /// <param name="cancellationToken">Looked at before each op.</param>
    /// <exception cref="InsufficientMemoryException">The device has too little memory left.</exception>
    public SourceKeypoints ReadMotion(RgbImage face, CancellationToken cancellationToken)
    {
        if (motionReading is null)
        {
            motionReading = new MotionReadingPass(device, networks.Rendering.Motion, new Shape(1, face.Height, face.Width, RgbImage.Channels));
            CountBytes();
        }

        GrowingBuffer.Fit(ref values, face.Pixels.Length);
        Span<float> read = values.AsSpan(0, face.Pixels.Length);
        ToValues(face, read);
        return SourceKeypoints.From(motionReading.Read(read, cancellationToken));
    }

    /// <summary>Encodes a piece of speech.</summary>
    /// <param name="piece">The piece.</param>
    /// <param name="observer">Receives the audio embedding; null where nobody is told.</param>
    /// <param name="cancellationToken">Looked at before each op.</param>
    public AudioTokens Encode(AudioPiece piece, ClipObserver? observer, CancellationToken cancellationToken)
    {
        speech.Run(piece, cancellationToken);
        CountBytes();
        observer?.ReceiveAudioEmbedding(speech.ReadEmbedding().Values);
        return new AudioTokens(speech.ReadTokens(), piece.Frames);
    }

    /// <summary>Encodes what a live session hears.</summary>
    /// <param name="piece">As long as those of other sessions.</param>
    /// <param name="tokens">[frames, C], written.</param>
    /// <param name="cancellationToken">Looked at before each op.</param>
    public void EncodeLive(AudioPiece piece, Span<float> tokens, CancellationToken cancellationToken)
    {
        liveSpeech.Run(piece, cancellationToken);
        CountBytes();
        liveSpeech.ReadTokens(tokens);
    }

    /// <summary>Samples segments, each of another clip, all of one kind.</summary>
    /// <param name="segments">1 to <see cref="MostClips"/> segments.</param>
    /// <param name="cancellationToken">Looked at before each op.</param>
    public void Sample(ReadOnlySpan<SegmentInput> segments, CancellationToken cancellationToken) =>
        SamplerFor(SamplingKind.Of(segments[0]), segments.Length).Run(segments, cancellationToken);

    /// <summary>Releases the memory.</summary>
    public void Dispose()
    {
        foreach (KindSamplers ofKind in samplers)
        {
            ofKind.Dispose();
        }

        motionReading?.Dispose();
        liveSpeech.Dispose();
        speech.Dispose();
        frames.Dispose();
        frameMemories.Dispose();
        portraits.Dispose();
    }

    // [N, 256, 256, 3] in [0, 1]; valid until the next call.
    private ReadOnlySpan<float> ReadInputs(ReadOnlySpan<Portrait> pictures)
    {
        int length = input.Pixels.Length;
        GrowingBuffer.Fit(ref values, pictures.Length * length);
        for (int place = 0; place < pictures.Length; place++)
        {
            pictures[place].Crop.ToNetworkInput(input);
            ToValues(input, values.AsSpan(place * length, length));
        }

        return values.AsSpan(0, pictures.Length * length);
    }

    private static void ToValues(RgbImage image, Span<float> values)
    {
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = image.Pixels[i] / (float)byte.MaxValue;
        }
    }

    private SamplingPass SamplerFor(SamplingKind kind, int clips)
    {
        int found = samplers.FindIndex(ofKind => ofKind.Kind == kind);
        KindSamplers current = found >= 0 ? samplers[found] : new KindSamplers(kind, []);
        if (found >= 0)
        {
            samplers.RemoveAt(found);
        }
        else if (samplers.Count == KeptKinds)
        {
            samplers[0].Dispose();
            samplers.RemoveAt(0);
        }

        samplers.Add(current);
        int size = PlannedSizes.Last(planned => planned >= clips);
        if (!current.BySize.TryGetValue(size, out SamplingPass? sampler))
        {
            sampler = new SamplingPass(device, networks.MotionGenerator, networks.NullAudio, kind, size);
            current.BySize.Add(size, sampler);
            CountBytes();
        }

        return sampler;
    }

    // Other threads read this while forwards are planned.
    private void CountBytes() => Volatile.Write(
        ref deviceBytes,
        portraits.ArenaBytes + frames.ArenaBytes + speech.ArenaBytes + liveSpeech.ArenaBytes + (motionReading?.ArenaBytes ?? 0) + samplers.Sum(ofKind => ofKind.BySize.Values.Sum(sampler => sampler.ArenaBytes)));

    private sealed record KindSamplers(SamplingKind Kind, Dictionary<int, SamplingPass> BySize) : IDisposable
    {
        public void Dispose()
        {
            foreach (SamplingPass sampler in BySize.Values)
            {
                sampler.Dispose();
            }
        }
    }
}
