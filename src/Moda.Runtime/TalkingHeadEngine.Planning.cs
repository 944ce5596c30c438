using Moda.Runtime.Audio;
using Moda.Runtime.Motion;
using Moda.Runtime.Options;
using Moda.Runtime.Planning;
using Moda.Runtime.Progress;
using Moda.Runtime.Sampling;
using Moda.Runtime.Sessions;
using Moda.Runtime.Workers;

namespace Moda.Runtime;

/// <content>What clips will take.</content>
public sealed partial class TalkingHeadEngine
{
    private readonly MeasuredCosts costs = new();

    /// <summary>
    /// Says what a clip of <see cref="Speak(PreparedPortrait, ISampleReader, GenerationOptions?, IProgress{GenerationProgress}?)"/> will take,
    /// before it is made. Times are measured, not guessed: what <see cref="WarmUpAsync"/> and earlier plans did not measure with such options
    /// is run here, a few times each (a segment of motion, each length of pieces of voice, a batch of frames on each worker), and kept. Later
    /// plans then take no time.
    /// </summary>
    /// <remarks>A plan that measures while clips are made finds the engine slower than it is, and delays these clips by single batches.</remarks>
    /// <param name="portrait">A portrait of this engine.</param>
    /// <param name="voice">How long the voice is: a frame (40 ms) to 24 hours.</param>
    /// <param name="options">As for the clip; null for the reference's defaults.</param>
    /// <param name="cancellationToken">Ends the measurement.</param>
    /// <exception cref="ArgumentException">The options need what the weights or the portrait lack, or the portrait is another engine's.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is NaN or out of range, or the voice is too short or too long.</exception>
    /// <exception cref="InsufficientMemoryException">The device has too little memory for such a clip.</exception>
    /// <exception cref="ObjectDisposedException">The portrait or the engine was disposed.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task<ClipPlan> PlanAsync(
        PreparedPortrait portrait, TimeSpan voice, GenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(portrait);
        options ??= new GenerationOptions();
        Validate(portrait.Engine, options);
        var preparation = new AudioPreparation(options.Audio, context.NormalizesSpeech);
        ClipLength length = ClipLength.Of(voice, preparation, context.Segments);
        LoadedPortrait loaded = portrait.Lease();
        try
        {
            (ClipCosts parts, PlanSource source) = await MeasureAsync(loaded, length, options, cancellationToken).ConfigureAwait(false);
            ClipSchedule schedule = ClipSchedule.Of(length, parts, ObstaclesOf(options));
            EngineMemory memory = Memory;
            return new ClipPlan
            {
                Format = FrameBuffers.FormatOf(loaded.Portrait, options.PasteBack, GenerationOptions.FramesPerSecond),
                Frames = length.Frames,
                SilentFrames = length.SilentFrames,
                Segments = length.Segments,
                Pieces = length.Pieces.Sum(piece => piece.Count),
                EncodingVoice = TimeSpan.FromSeconds(schedule.Stages.Encoding),
                GeneratingMotion = TimeSpan.FromSeconds(schedule.Stages.Motion),
                Rendering = TimeSpan.FromSeconds(schedule.Stages.Rendering),
                PastingBack = TimeSpan.FromSeconds(schedule.Stages.Pasting),
                FirstFrame = TimeSpan.FromSeconds(schedule.FirstFrame),
                Total = TimeSpan.FromSeconds(schedule.Total),
                FirstUseStages = schedule.FirstUse,
                DeviceBytes = memory.Parameters + memory.Activations + memory.Portraits,
                HostBytes = HostBytesOf(loaded, length, preparation, options),
                Obstacles = schedule.Obstacles,
                Source = source,
            };
        }
        finally
        {
            loaded.Release();
        }
    }

    // Why all motion is generated before the first frame.
    private static StreamingObstacles ObstaclesOf(GenerationOptions options) =>
        (options.Audio.Silence == SilenceMode.None ? StreamingObstacles.None : StreamingObstacles.AddedSilence)
        | (options.Driving.Smoothing == MotionSmoothing.Kalman ? StreamingObstacles.KalmanSmoothing : StreamingObstacles.None);

    // Runs what was not measured yet. Motion and frames say where the costs come from: pieces of voice have many lengths.
    private async Task<(ClipCosts Costs, PlanSource Source)> MeasureAsync(
        LoadedPortrait portrait, ClipLength length, GenerationOptions options, CancellationToken cancellationToken)
    {
        var trials = new TrialRuns(workers, context, portrait, options);
        SamplingKind segmentKind = SamplingKind.Of(options.Sampling, (int)options.Emotion);
        if (costs.Segment(segmentKind) is not { } segment)
        {
            segment = (await trials.MeasureSegmentAsync(cancellationToken).ConfigureAwait(false), PlanSource.ThisPlan);
            costs.Add(segmentKind, segment.Cost, PlanSource.EarlierPlan);
        }

        FrameKind frameKind = FrameKindOf(portrait, options);
        if (costs.Frame(frameKind) is not { } frame)
        {
            frame = (await trials.MeasureFramesAsync(cancellationToken).ConfigureAwait(false), PlanSource.ThisPlan);
            costs.Add(frameKind, frame.Cost, PlanSource.EarlierPlan);
        }

        var pieces = new List<(int Count, RunCost Cost)>();
        foreach ((int frames, int count) in length.Pieces)
        {
            if (costs.Piece(frames) is not { } piece)
            {
                piece = await trials.MeasurePieceAsync(frames, cancellationToken).ConfigureAwait(false);
                costs.Add(frames, piece);
            }

            pieces.Add((count, piece));
        }

        int untilFirst = workers.BatchSize * workers.Render.Count;
        return (new ClipCosts(pieces, segment.Cost, frame.Cost, untilFirst), segment.Source > frame.Source ? segment.Source : frame.Source);
    }

    private static FrameKind FrameKindOf(LoadedPortrait portrait, GenerationOptions options) =>
        new(options.PasteBack, portrait.Portrait.Image.Width, portrait.Portrait.Image.Height);

    // What TalkingClip.HostBytes counts: a piece of voice twice and its tokens, keypoints that wait, and buffers of frames.
    private long HostBytesOf(LoadedPortrait portrait, ClipLength length, AudioPreparation preparation, GenerationOptions options)
    {
        long speech = 2L * preparation.PieceLength * sizeof(float);
        long tokens = (long)length.Pieces.Max(piece => piece.Frames) * context.PaddingToken.Length * sizeof(float);
        int waiting = ObstaclesOf(options) == StreamingObstacles.None ? Math.Min(length.Frames, context.MotionAhead + context.Segments.Length) : length.Frames;
        long keypoints = (long)waiting * MotionLayout.KeypointLength * sizeof(float);
        int buffered = Math.Min(options.FramesAhead ?? context.FramesAhead, length.Frames);
        return speech + tokens + keypoints + ((long)buffered * new FrameBuffers(portrait.Portrait, options.PasteBack).ByteLength);
    }
}
