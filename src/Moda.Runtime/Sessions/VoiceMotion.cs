using System.Runtime.CompilerServices;
using Moda.Runtime.Audio;
using Moda.Runtime.Motion;
using Moda.Runtime.Options;
using Moda.Runtime.Progress;
using Moda.Runtime.Sampling;
using Moda.Runtime.Workers;

namespace Moda.Runtime.Sessions;

/// <summary>
/// From speech to the motion of a face: speech is encoded piece by piece, motion sampled segment by segment, and what follows is
/// done as soon as the frames that it needs are there. The motion worker computes; what is left runs on the clip's own task.
/// </summary>
internal sealed class VoiceMotion
{
    private readonly SessionContext context;
    private readonly ISampleReader voice;
    private readonly LoadedPortrait portrait;
    private readonly GenerationOptions options;
    private readonly AudioPreparation preparation;
    private readonly StageTimes times;
    private int encodedFrames;
    private volatile bool isEncoded;
    private long tokenBytes;

    /// <summary>Prepares the generation of one clip's motion.</summary>
    /// <param name="context">What the engine gives its clips.</param>
    /// <param name="portrait">Whose face it is.</param>
    /// <param name="voice">Mono samples at 16 kHz; the caller owns it.</param>
    /// <param name="options">How.</param>
    /// <param name="times">Where the stages are timed.</param>
    /// <exception cref="ArgumentException">The options contradict each other.</exception>
    public VoiceMotion(SessionContext context, LoadedPortrait portrait, ISampleReader voice, GenerationOptions options, StageTimes times)
    {
        this.context = context;
        this.portrait = portrait;
        this.voice = voice;
        this.options = options;
        this.times = times;
        preparation = new AudioPreparation(options.Audio, context.NormalizesSpeech);
    }

    /// <summary>Bytes of host memory that a piece of speech takes: its samples, the same padded, and its tokens.</summary>
    public long HostBytes => (2 * preparation.PieceLength * sizeof(float)) + Volatile.Read(ref tokenBytes);

    /// <summary>How many frames of motion there will be; null where the voice does not say before it has been read.</summary>
    public int? FrameCount => GeneratedFrames - preparation.SilentFrames.Total;

    // With those of added silence, whose motion is cut off again.
    private int? GeneratedFrames =>
        isEncoded ? encodedFrames : voice.KnownLength() is { } samples ? preparation.FramesOf(samples) : null;

    // Lips move by the most that they do anywhere, and from their pose in the silence at the end.
    private bool ModulatesLips => preparation.SilentFrames.Each > 0;

    /// <summary>Generates the motion, denormalised.</summary>
    /// <param name="clip">Whose it is.</param>
    /// <param name="isWhole">Whether it is needed in one piece; it is given so where its first frame depends on its last, too.</param>
    /// <param name="progress">Told how far it has come; null where nobody is told.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async IAsyncEnumerable<MotionSequence> GenerateAsync(
        ClipSession clip, bool isWhole, IProgress<GenerationProgress>? progress, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        PreviousMotion previous = portrait.PreviousMotion;
        options.Observer?.ReceivePreviousMotion(previous.Values.Span, previous.RescaleRatio);
        ISegmentSampler segments = new ScheduledSampler(context, clip);
        if (SamplingKind.Of(options.Sampling, (int)options.Emotion).Guidance == Guidance.ThreeWay)
        {
            segments = new ThresholdedSampler(segments);
        }

        var sampler = new ClipSampler(segments, context.PaddingToken);
        var conditions = new MotionRequest
        {
            Options = options.Sampling,
            Emotion = (int)options.Emotion,
            Keypoints = portrait.Source.Canonical,
            PreviousMotion = previous.Values,
            Noise = options.Noise ?? NoiseSources.Philox(options.Seed),
        };
        IAsyncEnumerable<MotionSequence> pieces = sampler.SampleAsync(
            EncodeAsync(progress, cancellationToken),
            conditions,
            frames => progress?.Report(new GenerationProgress(GenerationStage.GeneratingMotion, frames, GeneratedFrames ?? 0)),
            cancellationToken);
        await foreach (MotionSequence piece in (isWhole || ModulatesLips ? ModulateAsync(pieces) : pieces).ConfigureAwait(false))
        {
            yield return context.Statistics.Denormalize(piece, previous.RescaleRatio);
        }
    }

    private async IAsyncEnumerable<MotionSequence> ModulateAsync(IAsyncEnumerable<MotionSequence> pieces)
    {
        var collected = new List<MotionSequence>();
        await foreach (MotionSequence piece in pieces.ConfigureAwait(false))
        {
            collected.Add(piece);
        }

        MotionSequence motion = MotionSequence.Join(collected);
        options.Observer?.ReceiveSampledMotion(motion.Values);
        motion = LipModulation.Apply(motion, preparation.SilentFrames).Cut(preparation.SilentFrames);
        options.Observer?.ReceiveModulatedMotion(motion.Values);
        yield return motion;
    }

    private async IAsyncEnumerable<AudioTokens> EncodeAsync(
        IProgress<GenerationProgress>? progress, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (AudioPiece piece in preparation.PrepareAsync(new ReleasedReader(voice), cancellationToken).ConfigureAwait(false))
        {
            AudioTokens tokens = await context.OnMotionWorkerAsync(
                (worker, cancellation) =>
                {
                    using StageTimes.Measurement measurement = times.Measure(GenerationStage.EncodingAudio);
                    return worker.Encode(piece, options.Observer, cancellation);
                },
                cancellationToken).ConfigureAwait(false);
            Volatile.Write(ref tokenBytes, (long)tokens.Values.Length * sizeof(float));
            encodedFrames += tokens.Frames;
            progress?.Report(new GenerationProgress(GenerationStage.EncodingAudio, encodedFrames, GeneratedFrames ?? 0));
            yield return tokens;
        }

        isEncoded = true;
        if (voice.KnownLength() is null)
        {
            progress?.Report(new GenerationProgress(GenerationStage.EncodingAudio, encodedFrames, encodedFrames));
        }
    }
}
