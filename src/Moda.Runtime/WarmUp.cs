using System.Diagnostics;
using Moda.Runtime.Audio;
using Moda.Runtime.Imaging;
using Moda.Runtime.Motion;
using Moda.Runtime.Options;
using Moda.Runtime.Sampling;
using Moda.Runtime.Sessions;
using Moda.Runtime.Workers;

namespace Moda.Runtime;

/// <summary>Runs every forward of an engine often enough to be planned and recorded, and measures what the engine can do.</summary>
/// <param name="workers">The engine's workers.</param>
/// <param name="context">What the engine gives its clips.</param>
/// <param name="portrait">A portrait, leased for the time of this.</param>
/// <param name="options">As for the clips that will come.</param>
internal sealed class WarmUp(EngineWorkers workers, SessionContext context, LoadedPortrait portrait, GenerationOptions options)
{
    /// <summary>A device records a forward when it runs for the second time.</summary>
    private const int RunsUntilRecorded = 2;

    private const int MeasuredRuns = 3;

    /// <summary>Noise that stands for a voice.</summary>
    /// <param name="frames">Video frames that it lasts.</param>
    public static Waveform Noise(int frames)
    {
        float[] samples = new float[frames * AudioPreparation.SamplesPerFrame];
        new PhiloxNormal(Seed: 0, Stream: 0).Fill(samples);
        return new Waveform(samples);
    }

    /// <summary>Runs everything.</summary>
    /// <param name="cancellationToken">Looked at before each op.</param>
    public async Task<EngineCapacity> RunAsync(CancellationToken cancellationToken)
    {
        double segments = await context.OnMotionWorkerAsync(SampleSegments, cancellationToken).ConfigureAwait(false);
        double voice = await EncodeVoiceAsync(cancellationToken).ConfigureAwait(false);
        if (options.Pace == Pace.Live)
        {
            await context.OnMotionWorkerAsync(EncodeLive, cancellationToken).ConfigureAwait(false);
        }

        _ = await OnRenderWorkersAsync(PlanFrames, cancellationToken).ConfigureAwait(false);

        // All workers at once, as they will be when frames are asked for.
        double[] frames = await OnRenderWorkersAsync(RenderFrames, cancellationToken).ConfigureAwait(false);
        return EngineCapacity.Measured(frames.Sum(), segments, voice, context.Segments.Stride, options.Sampling.Steps);
    }

    private Task<double[]> OnRenderWorkersAsync(Func<RenderWorker, CancellationToken, double> work, CancellationToken cancellationToken) =>
        Task.WhenAll(workers.RenderThreads.Select(thread => workers.Scheduler.RunAsync(
            thread.Work, (own, cancellation) => work(own.Render!, cancellation), cancellationToken)));

    // Segments in a second, in whole batches.
    private double SampleSegments(MotionWorker worker, CancellationToken cancellationToken)
    {
        int frames = context.Segments.Length;
        SegmentInput[] inputs = [.. Enumerable.Range(0, worker.MostClips).Select(_ => new SegmentInput
        {
            Options = options.Sampling,
            Emotion = (int)options.Emotion,
            Keypoints = portrait.Source.Canonical,
            AudioTokens = new float[frames * context.PaddingToken.Length],
            PreviousMotion = portrait.PreviousMotion.Values,
            Noise = new float[frames * MotionLayout.Width],
            Motion = new float[frames * MotionLayout.Width],
        })];
        foreach (int size in worker.PlannedSizes)
        {
            for (int run = 0; run < RunsUntilRecorded; run++)
            {
                worker.Sample(inputs.AsSpan(0, size), cancellationToken);
            }
        }

        long start = Stopwatch.GetTimestamp();
        for (int run = 0; run < (workers.Device.IsAsynchronous ? MeasuredRuns : 1); run++)
        {
            worker.Sample(inputs, cancellationToken);
        }

        return (workers.Device.IsAsynchronous ? MeasuredRuns : 1) * inputs.Length / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    // Seconds of voice in a second.
    private async Task<double> EncodeVoiceAsync(CancellationToken cancellationToken)
    {
        int frames = context.Segments.Length;
        var preparation = new AudioPreparation(options.Audio with { Silence = SilenceMode.None }, context.NormalizesSpeech);
        AudioPiece? piece = null;
        await foreach (AudioPiece only in preparation.PrepareAsync(Noise(frames).OpenReader(), cancellationToken).ConfigureAwait(false))
        {
            piece = only;
        }

        return await context.OnMotionWorkerAsync(
            (worker, cancellation) =>
            {
                for (int run = 0; run < RunsUntilRecorded; run++)
                {
                    worker.Encode(piece!, observer: null, cancellation);
                }

                long start = Stopwatch.GetTimestamp();
                worker.Encode(piece!, observer: null, cancellation);
                return (double)frames / GenerationOptions.FramesPerSecond / Stopwatch.GetElapsedTime(start).TotalSeconds;
            },
            cancellationToken).ConfigureAwait(false);
    }

    // What live sessions hear has one length.
    private bool EncodeLive(MotionWorker worker, CancellationToken cancellationToken)
    {
        var timeline = new SpeechTimeline(context.Segments.Length, worker.LiveEncoder.Normalizes);
        var statistics = new RunningStatistics(worker.LiveEncoder.WindowLength);
        float[] tokens = new float[(context.Segments.Length + SpeechTimeline.Beyond) * worker.LiveEncoder.TokenChannels];
        for (int run = 0; run < RunsUntilRecorded; run++)
        {
            worker.EncodeLive(timeline.Hear([], 0, isWhole: true, statistics.Snapshot()), tokens, cancellationToken);
        }

        return true;
    }

    private double PlanFrames(RenderWorker worker, CancellationToken cancellationToken)
    {
        foreach (int size in worker.PlannedSizes)
        {
            Render(worker, size, RunsUntilRecorded, cancellationToken);
        }

        return 0;
    }

    // Frames in a second, in whole batches.
    private double RenderFrames(RenderWorker worker, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        Render(worker, worker.BatchSize, MeasuredRuns, cancellationToken);
        return MeasuredRuns * worker.BatchSize / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private void Render(RenderWorker worker, int size, int runs, CancellationToken cancellationToken)
    {
        int bytes = options.PasteBack == PasteBackMode.None
            ? workers.CropSide * workers.CropSide * RgbImage.Channels
            : portrait.Portrait.Image.Pixels.Length;
        FrameOrder[] orders = [.. Enumerable.Range(0, size).Select(place => new FrameOrder(
            place, portrait, portrait.KeypointsInImage, options.PasteBack, new byte[bytes], IsOfVideo: false, Observer: null))];
        for (int run = 0; run < runs; run++)
        {
            worker.Render(orders, cancellationToken);
            for (int place = 0; place < size; place++)
            {
                if (!worker.Read(place, orders[place]))
                {
                    worker.Paste(place, orders[place], cancellationToken);
                }
            }
        }
    }
}
