using System.Diagnostics;
using Moda.Runtime.Audio;
using Moda.Runtime.Imaging;
using Moda.Runtime.Motion;
using Moda.Runtime.Options;
using Moda.Runtime.Planning;
using Moda.Runtime.Progress;
using Moda.Runtime.Sampling;
using Moda.Runtime.Sessions;
using Moda.Runtime.Workers;

namespace Moda.Runtime;

/// <summary>Runs the forwards of clips on inputs that stand for theirs, and measures them. Nobody sees the results.</summary>
/// <param name="workers">The engine's workers.</param>
/// <param name="context">What the engine gives its clips.</param>
/// <param name="portrait">A portrait, leased for the time of this.</param>
/// <param name="options">As for the clips.</param>
internal sealed class TrialRuns(EngineWorkers workers, SessionContext context, LoadedPortrait portrait, GenerationOptions options)
{
    // [21, 3]: keypoints that have moved, as those of clips have; where they have not, the heatmaps of their motion are zero everywhere.
    private float[] Moved { get; } = [.. portrait.KeypointsInImage.Select((value, place) => value + (0.02f * MathF.Sin(place)))];

    /// <summary>Runs until a forward is planned, and recorded where the device does that when it runs for the second time.</summary>
    public int RunsUntilReady => workers.Device.RecordsForwards ? 2 : 1;

    // Batches that are rendered to measure them, on each worker. On a GPU workers get into each other's way after the first ones.
    private int MeasuredBatches => workers.Device.IsAsynchronous ? 8 : 3;

    // A run on a GPU takes milliseconds; on a CPU it takes seconds, and one is enough.
    private int MeasuredRuns => workers.Device.IsAsynchronous ? 3 : 1;

    /// <summary>Noise that stands for a voice.</summary>
    /// <param name="frames">Video frames that it lasts.</param>
    public static Waveform Noise(int frames)
    {
        float[] samples = new float[frames * AudioPreparation.SamplesPerFrame];
        new PhiloxNormal(Seed: 0, Stream: 0).Fill(samples);
        return new Waveform(samples);
    }

    /// <summary>Seconds that one run takes, once it is ready.</summary>
    public double Measure(Action run)
    {
        long start = Stopwatch.GetTimestamp();
        for (int time = 0; time < MeasuredRuns; time++)
        {
            run();
        }

        return Stopwatch.GetElapsedTime(start).TotalSeconds / MeasuredRuns;
    }

    /// <summary>Makes a segment of motion ready and measures it.</summary>
    /// <param name="cancellationToken">Looked at before each op.</param>
    public Task<RunCost> MeasureSegmentAsync(CancellationToken cancellationToken) => context.OnMotionWorkerAsync(
        (worker, cancellation) =>
        {
            SegmentInput[] segment = Segments(1);
            return MeasureFresh(() => worker.Sample(segment, cancellation));
        },
        cancellationToken);

    /// <summary>Makes a piece of voice ready and measures it.</summary>
    /// <param name="frames">Its length.</param>
    /// <param name="cancellationToken">Looked at before each op.</param>
    public Task<RunCost> MeasurePieceAsync(int frames, CancellationToken cancellationToken)
    {
        var piece = new AudioPiece(AudioPreparation.Pad(Noise(frames).Samples.Span), frames);
        return context.OnMotionWorkerAsync(
            (worker, cancellation) => MeasureFresh(() => worker.Encode(piece, observer: null, cancellation)), cancellationToken);
    }

    /// <summary>Makes whole batches of frames ready and measures them.</summary>
    /// <param name="cancellationToken">Looked at before each op.</param>
    public async Task<FrameCost> MeasureFramesAsync(CancellationToken cancellationToken)
    {
        var first = new StageTimes();
        _ = await OnRenderWorkersAsync(
            (worker, cancellation) => Render(worker, worker.BatchSize, RunsUntilReady, first, cancellation), cancellationToken).ConfigureAwait(false);
        FrameCost cost = await MeasureReadyFramesAsync(MeasuredBatches, cancellationToken).ConfigureAwait(false);
        int frames = RunsUntilReady * workers.BatchSize * workers.Render.Count;
        return cost with
        {
            FirstUse = new StageSeconds(
                0, 0, Rendering: Beyond(GenerationStage.RenderingFrames, cost.Rendering), Pasting: Beyond(GenerationStage.PastingFrames, cost.Pasting)),
        };

        double Beyond(GenerationStage stage, double usual) => Math.Max(0, first[stage].TotalSeconds - (frames * usual));
    }

    /// <summary>Measures whole batches of frames that are ready, on all workers at once, as they are when frames are asked for.</summary>
    /// <param name="batches">How many on each worker.</param>
    /// <param name="cancellationToken">Looked at before each op.</param>
    public async Task<FrameCost> MeasureReadyFramesAsync(int batches, CancellationToken cancellationToken)
    {
        var times = new StageTimes();
        double[] rates = await OnRenderWorkersAsync(
            (worker, cancellation) =>
            {
                long start = Stopwatch.GetTimestamp();
                double rendered = Render(worker, worker.BatchSize, batches, times, cancellation);
                return rendered / Stopwatch.GetElapsedTime(start).TotalSeconds;
            },
            cancellationToken).ConfigureAwait(false);
        double frames = batches * workers.BatchSize * workers.Render.Count;
        return new FrameCost(
            1 / rates.Sum(),
            times[GenerationStage.RenderingFrames].TotalSeconds / frames,
            times[GenerationStage.PastingFrames].TotalSeconds / frames,
            FirstUse: default);
    }

    /// <summary>Has each render worker do something, all at once.</summary>
    public Task<double[]> OnRenderWorkersAsync(Func<RenderWorker, CancellationToken, double> work, CancellationToken cancellationToken) =>
        Task.WhenAll(workers.RenderThreads.Select(thread => workers.Scheduler.RunAsync(
            thread.Work, (own, cancellation) => work(own.Render!, cancellation), cancellationToken)));

    /// <summary>Segments that stand for those of clips.</summary>
    /// <param name="clips">Of how many clips.</param>
    public SegmentInput[] Segments(int clips)
    {
        int frames = context.Segments.Length;
        return
        [
            .. Enumerable.Range(0, clips).Select(_ => new SegmentInput
            {
                Options = options.Sampling,
                Emotion = (int)options.Emotion,
                Keypoints = portrait.Source.Canonical,
                AudioTokens = new float[frames * context.PaddingToken.Length],
                PreviousMotion = portrait.PreviousMotion.Values,
                Noise = new float[frames * MotionLayout.Width],
                Motion = new float[frames * MotionLayout.Width],
            }),
        ];
    }

    /// <summary>Renders batches of frames and brings them to the host.</summary>
    /// <param name="worker">What renders.</param>
    /// <param name="size">Frames of a batch.</param>
    /// <param name="runs">Batches.</param>
    /// <param name="times">Where the stages are timed.</param>
    /// <param name="cancellationToken">Looked at before each op.</param>
    /// <returns>The number of frames.</returns>
    public double Render(RenderWorker worker, int size, int runs, StageTimes times, CancellationToken cancellationToken)
    {
        int bytes = options.PasteBack == PasteBackMode.None
            ? workers.CropSide * workers.CropSide * RgbImage.Channels
            : portrait.Portrait.Image.Pixels.Length;
        FrameOrder[] orders = [.. Enumerable.Range(0, size).Select(place => new FrameOrder(
            place, portrait, Moved, options.PasteBack, new byte[bytes], IsOfVideo: false, Observer: null))];
        for (int run = 0; run < runs; run++)
        {
            using (times.Measure(GenerationStage.RenderingFrames))
            {
                worker.Render(orders, cancellationToken);
            }

            using (times.Measure(GenerationStage.PastingFrames))
            {
                for (int place = 0; place < size; place++)
                {
                    if (!worker.Read(place, orders[place]))
                    {
                        worker.Paste(place, orders[place], cancellationToken);
                    }
                }
            }
        }

        return runs * size;
    }

    private RunCost MeasureFresh(Action run)
    {
        double first = Time(run);
        double second = RunsUntilReady > 1 ? Time(run) : 0;
        double usual = Measure(run);
        return new RunCost(usual, Math.Max(0, first - usual), Math.Max(0, second - usual));
    }

    private static double Time(Action run)
    {
        long start = Stopwatch.GetTimestamp();
        run();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
