using System.Diagnostics.Metrics;
using Moda.Extensions.Hosting.Telemetry;

namespace Moda.Web.Jobs;

/// <summary>How the work on a job has ended.</summary>
internal enum JobOutcome
{
    /// <summary>The video is there.</summary>
    Completed,

    /// <summary>The client no longer wanted it.</summary>
    Cancelled,

    /// <summary>What the client had sent cannot become a video.</summary>
    Refused,

    /// <summary>The service's own fault.</summary>
    Failed,

    /// <summary>The service was stopped; the job begins again with its next start.</summary>
    Stopped,
}

/// <summary>What work on jobs reports when it has ended: videos of all kinds, whether a client layer or the engine itself makes them.</summary>
internal sealed class JobInstruments
{
    private static readonly InstrumentAdvice<double> Bounds = new()
    {
        HistogramBucketBoundaries = [0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560],
    };

    private readonly Histogram<double> duration;
    private readonly Histogram<double> firstFrame;
    private readonly Counter<long> frames;

    public JobInstruments(IMeterFactory meters)
    {
        Meter meter = meters.Create(ModaTelemetry.MeterName);
        duration = meter.CreateHistogram("moda.jobs.duration", "s", "From the beginning of the work on a video to its end.", tags: null, Bounds);
        firstFrame = meter.CreateHistogram(
            "moda.jobs.time_to_first_frame", "s", "From the beginning of the work on a video to its first frame.", tags: null, Bounds);
        frames = meter.CreateCounter<long>("moda.jobs.frames", "{frame}", "Frames of videos whose work has ended.");
    }

    /// <summary>The work on a job has ended.</summary>
    /// <param name="kind">What kind of video.</param>
    /// <param name="outcome">How it has ended.</param>
    /// <param name="progress">How far it came.</param>
    public void RecordEnd(VideoKind kind, JobOutcome outcome, in JobProgress progress)
    {
        var ofKind = new KeyValuePair<string, object?>("moda.job.kind", JobJson.NameOf(kind));
        duration.Record(progress.Elapsed.TotalSeconds, ofKind, new KeyValuePair<string, object?>("moda.job.outcome", JobJson.NameOf(outcome)));
        frames.Add(progress.Frames, ofKind);
        if (progress.TimeToFirstFrame is { } time)
        {
            firstFrame.Record(time.TotalSeconds, ofKind);
        }
    }
}
