using System.Runtime.CompilerServices;
using Moda.Runtime.Audio;
using Moda.Runtime.Motion;
using Moda.Runtime.Options;
using Moda.Runtime.Progress;
using Moda.Runtime.Sampling;
using Moda.Runtime.Workers;

namespace Moda.Runtime.Sessions;

/// <summary>
/// From speech to the keypoints of a portrait: speech is encoded piece by piece, motion sampled segment by segment, and what follows is
/// done as soon as the frames that it needs are there. The motion worker computes; what is left runs on the clip's own task.
/// </summary>
internal sealed class ClipMotion
{
    private readonly SessionContext context;
    private readonly ISampleReader voice;
    private readonly LoadedPortrait portrait;
    private readonly GenerationOptions options;
    private readonly KeypointDriver driver;
    private readonly AudioPreparation preparation;
    private int encodedFrames;
    private long tokenBytes;

    /// <summary>Prepares the generation of one clip's motion.</summary>
    /// <param name="context">What the engine gives its clips.</param>
    /// <param name="portrait">The portrait.</param>
    /// <param name="voice">Mono samples at 16 kHz; the caller owns it.</param>
    /// <param name="options">How.</param>
    /// <exception cref="ArgumentException">The options contradict each other.</exception>
    public ClipMotion(SessionContext context, LoadedPortrait portrait, ISampleReader voice, GenerationOptions options)
    {
        this.context = context;
        this.portrait = portrait;
        this.voice = voice;
        this.options = options;
        driver = new KeypointDriver(options.Driving, context.Stitching);
        preparation = new AudioPreparation(options.Audio, context.NormalizesSpeech);
    }

    /// <summary>How long each stage of the clip has been at work so far.</summary>
    public StageTimes Times { get; } = new();

    /// <summary>Bytes of host memory that a piece of speech takes: its samples, the same padded, and its tokens.</summary>
    public long HostBytes => (2 * preparation.PieceLength * sizeof(float)) + Volatile.Read(ref tokenBytes);

    /// <summary>
    /// Whether the first frame depends on the last: lips move by the most that they do anywhere, and from their pose in the silence at the
    /// end; and the Kalman smoother looks ahead.
    /// </summary>
    private bool NeedsWholeMotion => preparation.SilentFrames.Each > 0 || driver.NeedsWholeMotion || options.Observer is not null;

    /// <summary>Generates the motion: in pieces of a segment, or in one where it is needed whole.</summary>
    /// <param name="clip">Whose it is.</param>
    /// <param name="progress">Told how far it has come; null for nobody.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async IAsyncEnumerable<DrivingKeypoints> GenerateAsync(
        ClipSession clip, IProgress<GenerationProgress>? progress, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        PreviousMotion previous = portrait.PreviousMotion;
        options.Observer?.ReceivePreviousMotion(previous.Values.Span, previous.RescaleRatio);
        options.Observer?.ReceiveSourceKeypoints(portrait.KeypointsInImage);
        PortraitAnimation drive = await context.OnMotionWorkerAsync(
            (_, _) => driver.Begin(portrait.Source, portrait.OpeningLandmarks), cancellationToken).ConfigureAwait(false);
        var sampler = new ClipSampler(new ScheduledSampler(context, clip), context.PaddingToken);
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
            frames => progress?.Report(new GenerationProgress(GenerationStage.GeneratingMotion, frames, encodedFrames)),
            cancellationToken);
        await foreach (MotionSequence piece in (NeedsWholeMotion ? ModulateAsync(pieces) : pieces).ConfigureAwait(false))
        {
            MotionSequence moved = context.Statistics.Denormalize(piece, previous.RescaleRatio);
            DrivingKeypoints driving = await context.OnMotionWorkerAsync(
                (_, _) =>
                {
                    using StageTimes.Measurement measurement = Times.Measure(GenerationStage.GeneratingMotion);
                    return drive.Drive(moved);
                },
                cancellationToken).ConfigureAwait(false);
            options.Observer?.ReceiveMotion(moved.Values);
            options.Observer?.ReceiveDrivingKeypoints(driving.Values);
            yield return driving;
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
                    using StageTimes.Measurement measurement = Times.Measure(GenerationStage.EncodingAudio);
                    return worker.Encode(piece, options.Observer, cancellation);
                },
                cancellationToken).ConfigureAwait(false);
            Volatile.Write(ref tokenBytes, (long)tokens.Values.Length * sizeof(float));
            encodedFrames += tokens.Frames;
            progress?.Report(new GenerationProgress(GenerationStage.EncodingAudio, encodedFrames, encodedFrames));
            yield return tokens;
        }
    }
}
