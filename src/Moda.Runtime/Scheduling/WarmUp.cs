using System.Diagnostics;
using Moda.Runtime.Audio;
using Moda.Runtime.Imaging;
using Moda.Runtime.Lanes;
using Moda.Runtime.Motion;
using Moda.Runtime.Sampling;
using Moda.Runtime.Sessions;

namespace Moda.Runtime.Scheduling;

/// <summary>Runs every forward of an engine often enough to be planned and recorded, and measures what the engine can do.</summary>
/// <param name="lanes">The engine's lanes.</param>
/// <param name="context">What the engine gives its clips.</param>
/// <param name="portrait">A portrait, leased for the time of this.</param>
/// <param name="options">As for the clips that will come.</param>
internal sealed class WarmUp(EngineLanes lanes, SessionContext context, LoadedPortrait portrait, GenerationOptions options)
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
        double segments = await context.OnMotionLaneAsync(SampleSegments, cancellationToken).ConfigureAwait(false);
        double voice = await EncodeVoiceAsync(cancellationToken).ConfigureAwait(false);
        _ = await OnRenderLanesAsync(PlanFrames, cancellationToken).ConfigureAwait(false);

        // All lanes at once, as they will work.
        double[] frames = await OnRenderLanesAsync(RenderFrames, cancellationToken).ConfigureAwait(false);
        return EngineCapacity.Measured(frames.Sum(), segments, voice, context.Segments.Stride);
    }

    private Task<double[]> OnRenderLanesAsync(Func<RenderLane, CancellationToken, double> work, CancellationToken cancellationToken) =>
        Task.WhenAll(lanes.RenderThreads.Select(thread =>
        {
            var job = new LaneJob<double>((own, cancellation) => work(own.Render!, cancellation), cancellationToken);
            lanes.Scheduler.Submit(thread.Work, job);
            return job.Result;
        }));

    // Segments in a second, in whole batches.
    private double SampleSegments(MotionLane lane, CancellationToken cancellationToken)
    {
        int frames = context.Segments.Length;
        SegmentInput[] inputs = [.. Enumerable.Range(0, lane.MostClips).Select(_ => new SegmentInput
        {
            Options = options.Sampling,
            Emotion = (int)options.Emotion,
            Keypoints = portrait.Source.Canonical,
            AudioTokens = new float[frames * context.PaddingToken.Length],
            PreviousMotion = portrait.PreviousMotion.Values,
            Noise = new float[frames * MotionLayout.Width],
            Motion = new float[frames * MotionLayout.Width],
        })];
        foreach (int size in lane.PlannedSizes)
        {
            for (int run = 0; run < RunsUntilRecorded; run++)
            {
                lane.Sample(inputs.AsSpan(0, size), cancellationToken);
            }
        }

        long start = Stopwatch.GetTimestamp();
        for (int run = 0; run < (lanes.Device.IsAsynchronous ? MeasuredRuns : 1); run++)
        {
            lane.Sample(inputs, cancellationToken);
        }

        return (lanes.Device.IsAsynchronous ? MeasuredRuns : 1) * inputs.Length / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    // Seconds of voice in a second.
    private async Task<double> EncodeVoiceAsync(CancellationToken cancellationToken)
    {
        int frames = context.Segments.Length;
        var preparation = new AudioPreparation(options.Audio with { Silence = SilenceMode.None, Normalize = context.NormalizesSpeech });
        AudioPiece? piece = null;
        await foreach (AudioPiece only in preparation.PrepareAsync(Noise(frames).OpenReader(), cancellationToken).ConfigureAwait(false))
        {
            piece = only;
        }

        return await context.OnMotionLaneAsync(
            (lane, cancellation) =>
            {
                for (int run = 0; run < RunsUntilRecorded; run++)
                {
                    lane.Encode(piece!, observer: null, cancellation);
                }

                long start = Stopwatch.GetTimestamp();
                lane.Encode(piece!, observer: null, cancellation);
                return (double)frames / AudioPreparation.FramesPerSecond / Stopwatch.GetElapsedTime(start).TotalSeconds;
            },
            cancellationToken).ConfigureAwait(false);
    }

    private double PlanFrames(RenderLane lane, CancellationToken cancellationToken)
    {
        foreach (int size in lane.PlannedSizes)
        {
            Render(lane, size, RunsUntilRecorded, cancellationToken);
        }

        return 0;
    }

    // Frames in a second, in whole batches.
    private double RenderFrames(RenderLane lane, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        Render(lane, lane.BatchSize, MeasuredRuns, cancellationToken);
        return MeasuredRuns * lane.BatchSize / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private void Render(RenderLane lane, int size, int runs, CancellationToken cancellationToken)
    {
        int bytes = options.PasteBack == PasteBackMode.None
            ? lanes.CropSide * lanes.CropSide * RgbImage.Channels
            : portrait.Portrait.Image.Pixels.Length;
        FrameOrder[] orders = [.. Enumerable.Range(0, size).Select(place => new FrameOrder(
            place, portrait, portrait.KeypointsInImage, options.PasteBack, new byte[bytes], Observer: null))];
        for (int run = 0; run < runs; run++)
        {
            lane.Render(orders, cancellationToken);
            for (int place = 0; place < size; place++)
            {
                lane.Finish(place, orders[place], cancellationToken);
            }
        }
    }
}
