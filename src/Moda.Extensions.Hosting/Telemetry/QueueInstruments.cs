using System.Diagnostics.Metrics;

namespace Moda.Extensions.Hosting.Telemetry;

/// <summary>What the queue reports.</summary>
internal sealed class QueueInstruments(Meter meter)
{
    private readonly UpDownCounter<int> running =
        meter.CreateUpDownCounter<int>("moda.queue.running", "{request}", "Requests at work.");

    private readonly UpDownCounter<int> waiting =
        meter.CreateUpDownCounter<int>("moda.queue.waiting", "{request}", "Requests that wait for a place.");

    private readonly Counter<long> refused =
        meter.CreateCounter<long>("moda.queue.refused", "{request}", "Requests that were refused, as too many waited.");

    private readonly Histogram<double> wait =
        meter.CreateHistogram<double>("moda.queue.wait.duration", "s", "How long requests waited for a place.");

    /// <summary>Requests began or ended their work.</summary>
    public void AddRunning(int change) => running.Add(change);

    /// <summary>Requests began or ended to wait.</summary>
    public void AddWaiting(int change) => waiting.Add(change);

    /// <summary>A request was refused.</summary>
    public void AddRefused() => refused.Add(1);

    /// <summary>A request waited before it got a place.</summary>
    public void RecordWait(TimeSpan time) => wait.Record(time.TotalSeconds);
}
