using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using Moda.Runtime.Audio;
using Moda.Runtime.Motion;
using Moda.Runtime.Networks.Audio;
using Moda.Runtime.Sampling;

namespace Moda.Runtime;

/// <summary>
/// From speech to the keypoints of a portrait: encodes the speech piece by piece, samples segment by segment, and does what follows as
/// soon as the frames that it needs are there.
/// </summary>
internal sealed class MotionGeneration
{
    /// <summary>Frames of audio that are read from the device at once: about those of a segment.</summary>
    private const int FramesOfPart = 80;

    private readonly TalkingHead head;
    private readonly ISampleReader speech;
    private readonly Portrait portrait;
    private readonly SourceKeypoints source;
    private readonly KeypointDriver driver;
    private readonly GenerationOptions options;
    private readonly StageTimes times;
    private readonly IProgress<GenerationProgress>? progress;
    private readonly AudioPreparation preparation;
    private int encodedFrames;

    /// <summary>Prepares the generation of one clip's motion.</summary>
    public MotionGeneration(
        TalkingHead head,
        ISampleReader speech,
        Portrait portrait,
        SourceKeypoints source,
        KeypointDriver driver,
        GenerationOptions options,
        StageTimes times,
        IProgress<GenerationProgress>? progress)
    {
        this.head = head;
        this.speech = speech;
        this.portrait = portrait;
        this.source = source;
        this.driver = driver;
        this.options = options;
        this.times = times;
        this.progress = progress;
        preparation = new AudioPreparation(options.Audio with { Normalize = head.NormalizesSpeech });
    }

    /// <summary>
    /// Whether the first frame depends on the last: lips move by the most that they do anywhere, and from their pose in the silence at the
    /// end; and the Kalman smoother looks ahead.
    /// </summary>
    public bool NeedsWholeMotion => preparation.SilentFrames.Each > 0 || driver.NeedsWholeMotion || options.Probe is not null;

    /// <summary>Generates the motion: in pieces of a segment, or in one where it is needed whole.</summary>
    /// <param name="cancellationToken">Looked at before each op.</param>
    public async IAsyncEnumerable<MotionPiece> GenerateAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        PreviousMotion previous = PreviousMotion.From(source, head.Statistics);
        options.Probe?.Invoke("prev_motion", previous.Values.Span);
        options.Probe?.Invoke("rescale_ratio", [previous.RescaleRatio]);
        ReadOnlyMemory<Vector2> landmarks = portrait.RefinedLandmarks is { } refined ? refined.Points.ToArray() : default;
        KeypointDrive drive = driver.Begin(source, landmarks.Span);
        IAsyncEnumerable<MotionSequence> pieces = SampleAsync(previous, cancellationToken);
        await foreach (MotionSequence piece in (NeedsWholeMotion ? ModulateAsync(pieces) : pieces).ConfigureAwait(false))
        {
            MotionSequence moved = head.Statistics.Denormalize(piece, previous.RescaleRatio);
            yield return new MotionPiece(moved, drive.Drive(moved));
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
        options.Probe?.Invoke("motion", motion.Values);
        motion = LipModulation.Apply(motion, preparation.SilentFrames).Cut(preparation.SilentFrames);
        options.Probe?.Invoke("modulated", motion.Values);
        yield return motion;
    }

    private async IAsyncEnumerable<MotionSequence> SampleAsync(
        PreviousMotion previous, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using SpeechEncoder encoder = head.CreateSpeechEncoder();
        MotionSampler sampler = head.SamplerFor(options);
        var sampled = new SynchronousProgress<int>(frames =>
            progress?.Report(new GenerationProgress(GenerationStage.GeneratingMotion, frames, encodedFrames)));
        IAsyncEnumerator<MotionSequence> pieces = new ClipSampler(sampler).SamplePiecesAsync(
            EncodeAsync(encoder, cancellationToken),
            new ClipConditions((int)options.Emotion, source.Canonical, previous.Values),
            options.Noise ?? NoiseSources.Philox(options.Seed),
            sampled,
            cancellationToken).GetAsyncEnumerator(cancellationToken);
        await using ConfiguredAsyncDisposable disposal = pieces.ConfigureAwait(false);
        while (await MeasureAsync(pieces).ConfigureAwait(false))
        {
            yield return pieces.Current;
        }
    }

    // The next piece's time without that of encoding the speech it needs.
    private async ValueTask<bool> MeasureAsync(IAsyncEnumerator<MotionSequence> pieces)
    {
        long start = Stopwatch.GetTimestamp();
        TimeSpan encoding = times[GenerationStage.EncodingAudio];
        bool hasPiece = await pieces.MoveNextAsync().ConfigureAwait(false);
        times.Add(GenerationStage.GeneratingMotion, Stopwatch.GetElapsedTime(start) - (times[GenerationStage.EncodingAudio] - encoding));
        return hasPiece;
    }

    private async IAsyncEnumerable<AudioEmbedding> EncodeAsync(SpeechEncoder encoder, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (AudioPiece piece in preparation.PrepareAsync(speech, cancellationToken).ConfigureAwait(false))
        {
            using (times.Measure(GenerationStage.EncodingAudio))
            {
                encoder.Run(piece.InputValues, piece.Frames, cancellationToken);
            }

            // A probe sees the embedding of a piece whole, as the reference has it.
            int part = options.Probe is null ? FramesOfPart : piece.Frames;
            for (int start = 0; start < piece.Frames; start += part)
            {
                AudioEmbedding embedding;
                using (times.Measure(GenerationStage.EncodingAudio))
                {
                    embedding = encoder.Read(start, Math.Min(part, piece.Frames - start));
                }

                options.Probe?.Invoke("audio_embedding", embedding.Values);
                encodedFrames += embedding.Frames;
                progress?.Report(new GenerationProgress(GenerationStage.EncodingAudio, encodedFrames, encodedFrames));
                yield return embedding;
            }
        }
    }

    private sealed class SynchronousProgress<T>(Action<T> report) : IProgress<T>
    {
        public void Report(T value) => report(value);
    }
}
