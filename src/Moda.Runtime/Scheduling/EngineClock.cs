namespace Moda.Runtime.Scheduling;

/// <summary>The time of an engine, in seconds since it was created.</summary>
/// <param name="time">Where the time comes from.</param>
internal sealed class EngineClock(TimeProvider time)
{
    private readonly long start = time.GetTimestamp();

    /// <summary>Seconds since the engine was created.</summary>
    public double Now => time.GetElapsedTime(start).TotalSeconds;

    /// <summary>Waits.</summary>
    /// <param name="seconds">How long.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public Task DelayAsync(double seconds, CancellationToken cancellationToken) => Task.Delay(TimeSpan.FromSeconds(seconds), time, cancellationToken);
}
