using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Moda.Extensions.Hosting.Telemetry;

namespace Moda.Web.Jobs;

/// <summary>The jobs that wait or are being made, by name. Several threads may call all members at once.</summary>
internal sealed class JobBoard : IDisposable
{
    private readonly DataFolder folder;
    private readonly ConcurrentDictionary<string, ActiveJob> jobs = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim waiting = new(0);

    public JobBoard(DataFolder folder, IMeterFactory meters)
    {
        this.folder = folder;
        Meter meter = meters.Create(ModaTelemetry.MeterName);
        meter.CreateObservableUpDownCounter("moda.jobs.waiting", () => jobs.Values.Count(job => !job.Look().HasBegun), "{job}", "Videos that wait to be made.");
        meter.CreateObservableUpDownCounter("moda.jobs.running", () => jobs.Values.Count(job => job.Look().HasBegun), "{job}", "Videos that are being made.");
    }

    /// <summary>How many wait or are being made.</summary>
    public int Count => jobs.Count;

    /// <summary>Adds a job that waits, before or after it is kept in the store.</summary>
    public ActiveJob Add(string id) => jobs.GetOrAdd(id, name => new ActiveJob(name, folder.Of(name)));

    /// <summary>Says that a job was kept in the store and may be taken.</summary>
    public void Announce() => waiting.Release();

    /// <summary>Waits until a job was announced that nobody has waited for.</summary>
    public Task WaitAsync(CancellationToken cancellationToken) => waiting.WaitAsync(cancellationToken);

    /// <summary>Finds a job; null where it has ended or never was.</summary>
    public ActiveJob? Find(string id) => jobs.GetValueOrDefault(id);

    /// <summary>Takes a job off.</summary>
    public void Remove(ActiveJob job) => jobs.TryRemove(new KeyValuePair<string, ActiveJob>(job.Id, job));

    /// <summary>Tells those who read the stream of a job that waits that it will not begin any more, because the service stops.</summary>
    public void EndWaiting()
    {
        foreach (ActiveJob job in jobs.Values.Where(job => !job.Look().HasBegun))
        {
            job.Video.Fail(new OperationCanceledException("The service is being stopped."));
        }
    }

    /// <summary>A waiting job's place, 1 for the next one.</summary>
    public int PositionOf(string id) => 1 + jobs.Values.Count(job => string.CompareOrdinal(job.Id, id) < 0 && !job.Look().HasBegun);

    /// <inheritdoc/>
    public void Dispose() => waiting.Dispose();
}
