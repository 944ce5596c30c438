using System.Diagnostics;

namespace Moda.Runtime.Scheduling;

/// <summary>The time of an engine, in seconds since it was created.</summary>
internal sealed class EngineClock
{
    private readonly long start = Stopwatch.GetTimestamp();

    /// <summary>Seconds since the engine was created.</summary>
    public double Now => Stopwatch.GetElapsedTime(start).TotalSeconds;
}
