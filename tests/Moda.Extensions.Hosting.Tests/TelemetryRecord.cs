using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Moda.Extensions.Hosting.Telemetry;

namespace Moda.Extensions.Hosting.Tests;

/// <summary>Hears what is reported under the name "Moda" by the meters of one factory, and the spans below one activity.</summary>
internal sealed class TelemetryRecord : IMeterFactory
{
    private readonly List<Meter> meters = [];
    private readonly MeterListener metrics = new();
    private readonly ActivityListener traces;
    private readonly ConcurrentQueue<Activity> spans = new();
    private readonly ActivityTraceId trace;
    private readonly Activity root = new("test");

    public TelemetryRecord()
    {
        metrics.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == ModaTelemetry.MeterName && instrument.Meter.Scope == this)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        metrics.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        metrics.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        metrics.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Add(instrument, value, tags));
        metrics.Start();

        // Tests run side by side: only what happens below this test's own activity is heard.
        root.SetIdFormat(ActivityIdFormat.W3C).Start();
        trace = root.TraceId;
        traces = new ActivityListener
        {
            ShouldListenTo = source => source.Name == ModaTelemetry.SourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> options) =>
                options.Parent.TraceId == trace ? ActivitySamplingResult.AllDataAndRecorded : ActivitySamplingResult.None,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(traces);
    }

    public ConcurrentQueue<(string Name, string? Unit, double Value, IReadOnlyDictionary<string, object?> Tags)> Measurements { get; } = new();

    public IReadOnlyList<Activity> Spans => [.. spans];

    public Meter Create(MeterOptions options)
    {
        options.Scope = this;
        var meter = new Meter(options);
        meters.Add(meter);
        return meter;
    }

    public void Observe() => metrics.RecordObservableInstruments();

    public void Dispose()
    {
        root.Stop();
        traces.Dispose();
        metrics.Dispose();
        meters.ForEach(meter => meter.Dispose());
    }

    private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        Measurements.Enqueue((instrument.Name, instrument.Unit, value, tags.ToArray().ToDictionary()));
}
