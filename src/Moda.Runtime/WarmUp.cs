using Moda.Runtime.Audio;
using Moda.Runtime.Options;
using Moda.Runtime.Planning;
using Moda.Runtime.Progress;
using Moda.Runtime.Sampling;
using Moda.Runtime.Sessions;
using Moda.Runtime.Workers;

namespace Moda.Runtime;

/// <summary>Runs every forward of an engine often enough to be planned and recorded, and measures what the engine can do.</summary>
/// <param name="context">What the engine gives its clips.</param>
/// <param name="trials">Runs them, with options as for the clips that will come.</param>
/// <param name="options">These options.</param>
internal sealed class WarmUp(SessionContext context, TrialRuns trials, GenerationOptions options)
{
    private const int MeasuredBatches = 3;

    /// <summary>A segment of motion, sampled alone. Known after <see cref="RunAsync"/>.</summary>
    public RunCost Segment { get; private set; }

    /// <summary>A frame. Known after <see cref="RunAsync"/>.</summary>
    public FrameCost Frame { get; private set; }

    /// <summary>Runs everything.</summary>
    /// <param name="cancellationToken">Looked at before each op.</param>
    public async Task<EngineCapacity> RunAsync(CancellationToken cancellationToken)
    {
        double segments = await context.OnMotionWorkerAsync(SampleSegments, cancellationToken).ConfigureAwait(false);
        int frames = context.Segments.Length;
        RunCost voice = await trials.MeasurePieceAsync(frames, cancellationToken).ConfigureAwait(false);
        if (options.Pace == Pace.Live)
        {
            await context.OnMotionWorkerAsync(EncodeLive, cancellationToken).ConfigureAwait(false);
        }

        _ = await trials.OnRenderWorkersAsync(PlanFrames, cancellationToken).ConfigureAwait(false);
        Frame = await trials.MeasureReadyFramesAsync(MeasuredBatches, cancellationToken).ConfigureAwait(false);
        double voiceRate = (double)frames / GenerationOptions.FramesPerSecond / voice.Seconds;
        return EngineCapacity.Measured(1 / Frame.Seconds, segments, voiceRate, context.Segments.Stride, options.Sampling.Steps);
    }

    // Segments in a second, in whole batches.
    private double SampleSegments(MotionWorker worker, CancellationToken cancellationToken)
    {
        SegmentInput[] inputs = trials.Segments(worker.MostClips);
        foreach (int size in worker.PlannedSizes)
        {
            for (int run = 0; run < trials.RunsUntilReady; run++)
            {
                worker.Sample(inputs.AsSpan(0, size), cancellationToken);
            }
        }

        double batch = trials.Measure(() => worker.Sample(inputs, cancellationToken));
        double alone = inputs.Length == 1 ? batch : trials.Measure(() => worker.Sample(inputs.AsSpan(0, 1), cancellationToken));
        Segment = new RunCost(alone);
        return inputs.Length / batch;
    }

    // What live sessions hear has one length.
    private bool EncodeLive(MotionWorker worker, CancellationToken cancellationToken)
    {
        var timeline = new SpeechTimeline(context.Segments.Length, worker.LiveEncoder.Normalizes);
        var statistics = new RunningStatistics(worker.LiveEncoder.WindowLength);
        float[] tokens = new float[(context.Segments.Length + SpeechTimeline.Beyond) * worker.LiveEncoder.TokenChannels];
        for (int run = 0; run < trials.RunsUntilReady; run++)
        {
            worker.EncodeLive(timeline.Hear([], 0, isWhole: true, statistics.Snapshot()), tokens, cancellationToken);
        }

        return true;
    }

    private double PlanFrames(RenderWorker worker, CancellationToken cancellationToken)
    {
        var unread = new StageTimes();
        return worker.PlannedSizes.Sum(size => trials.Render(worker, size, trials.RunsUntilReady, unread, cancellationToken));
    }
}
