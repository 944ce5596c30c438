using System.Diagnostics.Metrics;

namespace Moda.Extensions.Hosting.Telemetry;

/// <summary>What clips report while they are made.</summary>
internal sealed class ClipInstruments
{
    private static readonly InstrumentAdvice<double> LatenessBounds = new()
    {
        HistogramBucketBoundaries = [0, 0.001, 0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56],
    };

    private readonly Counter<long> frames;
    private readonly Histogram<double> stages;
    private readonly Histogram<double> lateness;

    public ClipInstruments(Meter meter)
    {
        frames = meter.CreateCounter<long>("moda.frames", "{frame}", "Frames that readers got.");
        stages = meter.CreateHistogram<double>(
            "moda.stage.duration", "s", "From the beginning of a clip to the last that a stage did for it. Stages overlap.");
        lateness = meter.CreateHistogram(
            "moda.frame.lateness", "s", "How much later than due a frame of a live clip came, or than asked for where that was later; 0 for in time.",
            tags: null, LatenessBounds);
    }

    /// <summary>A reader got a frame.</summary>
    public void AddFrame() => frames.Add(1);

    /// <summary>A clip's stage has ended.</summary>
    /// <param name="stage">Its name.</param>
    /// <param name="elapsed">Since the clip began.</param>
    public void RecordStage(string stage, TimeSpan elapsed) =>
        stages.Record(elapsed.TotalSeconds, new KeyValuePair<string, object?>("moda.stage", stage));

    /// <summary>A frame of a live clip came.</summary>
    /// <param name="late">Zero for in time.</param>
    public void RecordLateness(TimeSpan late) => lateness.Record(late.TotalSeconds);
}
