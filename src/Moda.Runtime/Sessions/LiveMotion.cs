using System.Diagnostics;
using System.Runtime.CompilerServices;
using Moda.Runtime.Audio;
using Moda.Runtime.Media;
using Moda.Runtime.Motion;
using Moda.Runtime.Options;
using Moda.Runtime.Progress;
using Moda.Runtime.Sampling;
using Moda.Runtime.Workers;

namespace Moda.Runtime.Sessions;

/// <summary>
/// A live session's frames, 25 in a second for ever: of what is written while it is written, and of silence in between. Each frame's motion is
/// made as late as it may be, so that as much as possible has been heard by then.
/// </summary>
internal sealed class LiveMotion : IFrameSource
{
    /// <summary>How long a missing frame of speech is waited for where less than an advance has come, in seconds.</summary>
    private const double Patience = 0.02;

    /// <summary>Frames after which speech that does not go on counts as whole.</summary>
    private const int LongestStall = 5;

    // Weight of the latest measurement.
    private const double Weight = 0.2;

    private readonly SessionContext context;
    private readonly LoadedPortrait portrait;
    private readonly LiveOptions options;
    private readonly KeypointDriver driver;
    private readonly SpeechBuffer speech;

    // Of the frames that were made and not read.
    private readonly Queue<(int Frame, long? Position)> positions = new();
    private int made;
    private LiveWindow? window;
    private bool isSpeaking;
    private int stalled;
    private double hostSeconds;

    /// <summary>Prepares a session.</summary>
    /// <param name="context">What the engine gives its clips.</param>
    /// <param name="portrait">The portrait.</param>
    /// <param name="options">How; they are valid.</param>
    /// <exception cref="ArgumentException">The options contradict each other.</exception>
    public LiveMotion(SessionContext context, LoadedPortrait portrait, LiveOptions options)
    {
        this.context = context;
        this.portrait = portrait;
        this.options = options;
        driver = new KeypointDriver(options.Generation.Driving, context.Stitching);
        speech = new SpeechBuffer(options.BufferFrames);
    }

    /// <summary>What is to be said.</summary>
    public SpeechBuffer Speech => speech;

    /// <inheritdoc/>
    public StageTimes Times { get; } = new();

    /// <inheritdoc/>
    public long HostBytes => speech.ByteLength + (Volatile.Read(ref window)?.ByteLength ?? 0);

    /// <inheritdoc/>
    public int? FrameCount => null;

    /// <inheritdoc/>
    public FrameRate FramesPerSecond => GenerationOptions.FramesPerSecond;

    /// <inheritdoc/>
    public int FramesAhead => 2 * options.Advance;

    /// <summary>Where the sound begins that belongs to a frame that is read; null for none. Called once for each frame, in their order.</summary>
    /// <param name="frame">Its number.</param>
    public long? TakePosition(int frame)
    {
        lock (positions)
        {
            while (true)
            {
                (int next, long? position) = positions.Dequeue();
                if (next == frame)
                {
                    return position;
                }
            }
        }
    }

    /// <inheritdoc/>
    public void End(Exception? reason) => speech.Close(reason);

    /// <inheritdoc/>
    public async IAsyncEnumerable<IReadOnlyList<DrivenFrame>> GenerateAsync(
        ClipSession clip, IProgress<GenerationProgress>? progress, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        PortraitAnimation animation = await context.OnMotionWorkerAsync(
            (_, _) => driver.Begin(portrait.Source, portrait.OpeningLandmarks), cancellationToken).ConfigureAwait(false);
        LiveWindow live = CreateWindow(clip);
        Volatile.Write(ref window, live);
        await live.StartAsync(cancellationToken).ConfigureAwait(false);
        clip.Play(context.Scheduler.Clock.Now + Lead());
        for (int frame = 0; ;)
        {
            await WaitAsync(clip, frame, cancellationToken).ConfigureAwait(false);
            (SpeechState state, bool isWhole, int count) = await LookAsync(cancellationToken).ConfigureAwait(false);
            await live.PrepareAsync(state, isSpeaking, isWhole, cancellationToken).ConfigureAwait(false);
            MotionSequence moved = context.Statistics.Denormalize(live.Take(count, AddPosition), portrait.PreviousMotion.RescaleRatio);
            frame += moved.Frames;
            yield return await DriveAsync(animation, moved, cancellationToken).ConfigureAwait(false);
        }
    }

    private LiveWindow CreateWindow(ClipSession clip)
    {
        GenerationOptions wanted = options.Generation;
        ISegmentSampler segments = new ScheduledSampler(context, clip);
        if (SamplingKind.Of(wanted.Sampling, (int)wanted.Emotion).Guidance == Guidance.ThreeWay)
        {
            segments = new ThresholdedSampler(segments);
        }

        var conditions = new MotionRequest
        {
            Options = wanted.Sampling,
            Emotion = (int)wanted.Emotion,
            Keypoints = portrait.Source.Canonical,
            PreviousMotion = portrait.PreviousMotion.Values,
            Noise = NoiseSources.Philox(wanted.Seed),
        };
        return new LiveWindow(new WindowSampler(segments, conditions), EncodeAsync, speech, context.LiveEncoder, options.LookAhead);
    }

    private async Task EncodeAsync(AudioPiece piece, Memory<float> tokens, CancellationToken cancellationToken) => _ = await MeasureAsync(
        GenerationStage.EncodingAudio,
        (worker, cancellation) =>
        {
            worker.EncodeLive(piece, tokens.Span, cancellation);
            return true;
        },
        cancellationToken).ConfigureAwait(false);

    private async Task<IReadOnlyList<DrivenFrame>> DriveAsync(PortraitAnimation animation, MotionSequence moved, CancellationToken cancellationToken)
    {
        DrivingKeypoints driving = await MeasureAsync(
            GenerationStage.GeneratingMotion, (_, _) => animation.Drive(moved), cancellationToken).ConfigureAwait(false);
        options.Generation.Observer?.ReceiveMotion(moved.Values);
        options.Generation.Observer?.ReceiveDrivingKeypoints(driving.Values);
        return DrivenFrame.Each(portrait, driving);
    }

    // What the motion worker does besides segments, of which the scheduler knows how long they take.
    private async Task<TResult> MeasureAsync<TResult>(
        GenerationStage stage, Func<MotionWorker, CancellationToken, TResult> work, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        TResult result = await context.OnMotionWorkerAsync(
            (worker, cancellation) =>
            {
                using StageTimes.Measurement measurement = Times.Measure(stage);
                return work(worker, cancellation);
            },
            cancellationToken).ConfigureAwait(false);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        hostSeconds += Weight * (seconds - hostSeconds);
        return result;
    }

    // How long before it is due a frame's motion is begun: encoding, sampling, driving, rendering.
    private double Lead() => context.Scheduler.ExpectLead() + (2 * hostSeconds);

    // A session that was not read for a while, or whose engine is too slow, goes on from now.
    private async Task WaitAsync(ClipSession clip, int frame, CancellationToken cancellationToken)
    {
        double early = clip.DueOf(frame) - Lead() - context.Scheduler.Clock.Now;
        if (early > 0)
        {
            await context.Scheduler.Clock.DelayAsync(early, cancellationToken).ConfigureAwait(false);
        }
        else if (early < -(double)options.Advance / GenerationOptions.FramesPerSecond)
        {
            clip.Postpone(-early);
        }
    }

    // Whether the next frames speak, and how many are wanted. Speech begins when an advance and what lies ahead of it were written; then it goes
    // on with what there is.
    private async ValueTask<(SpeechState State, bool IsWhole, int Count)> LookAsync(CancellationToken cancellationToken)
    {
        SpeechState state = speech.State;
        if (isSpeaking && state.IsOpen && state.Frames < options.Advance + options.LookAhead)
        {
            await context.Scheduler.Clock.DelayAsync(Patience, cancellationToken).ConfigureAwait(false);
            state = speech.State;
        }

        stalled = state.Frames >= options.Advance + options.LookAhead ? 0 : stalled;
        bool isWhole = !state.IsOpen || stalled >= options.Advance + options.LookAhead + LongestStall;
        int ready = isWhole ? options.Advance : state.Frames - options.LookAhead;
        isSpeaking = state.Frames > 0 && ready >= (isSpeaking ? 1 : options.Advance);

        // Where speech is about to begin it is looked for with every frame.
        bool isAwaited = !isSpeaking && state.Frames > 0;
        int count = isSpeaking ? Math.Min(ready, options.Advance) : isAwaited ? 1 : options.Advance;
        stalled = isAwaited ? stalled + count : isSpeaking && isWhole ? stalled : 0;
        return (state, isWhole, count);
    }

    private void AddPosition(long? position)
    {
        lock (positions)
        {
            positions.Enqueue((made++, position));
        }
    }
}
