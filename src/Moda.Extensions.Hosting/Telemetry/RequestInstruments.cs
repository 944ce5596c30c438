using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Moda.Extensions.Hosting.Telemetry;

/// <summary>What requests report, by OpenTelemetry's conventions for clients of generative AI.</summary>
internal sealed class RequestInstruments
{
    /// <summary>What the requests do; the conventions have no name for videos.</summary>
    public const string Operation = "generate_video";

    private static readonly InstrumentAdvice<double> DurationBounds = new()
    {
        HistogramBucketBoundaries = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160, 320, 640],
    };

    private static readonly InstrumentAdvice<double> FrameBounds = new()
    {
        HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12],
    };

    private readonly Histogram<double> duration;
    private readonly Histogram<double> timeToFirstChunk;
    private readonly Histogram<double> timePerChunk;

    public RequestInstruments(Meter meter)
    {
        duration = meter.CreateHistogram(
            "gen_ai.client.operation.duration", "s", "From a request to its end, the wait in the queue included.", tags: null, DurationBounds);
        timeToFirstChunk = meter.CreateHistogram(
            "gen_ai.client.operation.time_to_first_chunk", "s", "From a request to its first frame, the wait in the queue included.", tags: null, DurationBounds);
        timePerChunk = meter.CreateHistogram(
            "gen_ai.client.operation.time_per_output_chunk", "s", "From when a frame was asked for to when it came, from the second frame on.", tags: null, FrameBounds);
    }

    /// <summary>A request ended.</summary>
    /// <param name="elapsed">Since it began.</param>
    /// <param name="tags">Whose it was.</param>
    public void RecordEnd(TimeSpan elapsed, in TagList tags) => duration.Record(elapsed.TotalSeconds, tags);

    /// <summary>A frame came.</summary>
    /// <param name="isFirst">Whether it is the request's first.</param>
    /// <param name="elapsed">Since the request, or since the frame was asked for.</param>
    /// <param name="tags">Whose it is.</param>
    public void RecordFrame(bool isFirst, TimeSpan elapsed, in TagList tags) =>
        (isFirst ? timeToFirstChunk : timePerChunk).Record(elapsed.TotalSeconds, tags);
}
