using System.Globalization;
using Moda.Runtime;
using Moda.Weights;

namespace Moda.Extensions.Hosting.Clients;

/// <summary>As many requests are waiting as may, or as many live clips are at work as the engine can serve in time. Trying again later helps; a web service answers 429 or 503 with Retry-After.</summary>
public sealed class ModaBusyException : ModaException
{
    /// <summary>Says how many are there, and when to try again.</summary>
    /// <param name="running">Requests at work.</param>
    /// <param name="waiting">Requests that wait.</param>
    /// <param name="retryAfter">When a place is likely to be free.</param>
    public ModaBusyException(int running, int waiting, TimeSpan retryAfter)
        : base(string.Create(
            CultureInfo.InvariantCulture,
            $"{running} requests are at work and {waiting} are waiting, as many as may. Try again in {retryAfter.TotalSeconds:0} s, or allow more (MaxQueue)."))
    {
        Running = running;
        Waiting = waiting;
        RetryAfter = retryAfter;
    }

    /// <summary>Says that the engine serves no more live clips, and when to try again.</summary>
    /// <param name="running">Requests at work.</param>
    /// <param name="waiting">Requests that wait.</param>
    /// <param name="retryAfter">When a place is likely to be free.</param>
    /// <param name="full">What the engine said.</param>
    internal ModaBusyException(int running, int waiting, TimeSpan retryAfter, EngineFullException full)
        : base(string.Create(CultureInfo.InvariantCulture, $"{full.Message} Try again in {retryAfter.TotalSeconds:0} s."), full)
    {
        Running = running;
        Waiting = waiting;
        RetryAfter = retryAfter;
    }

    /// <summary>Requests at work.</summary>
    public int Running { get; }

    /// <summary>Requests that wait.</summary>
    public int Waiting { get; }

    /// <summary>When a place is likely to be free: whole seconds, at least one.</summary>
    public TimeSpan RetryAfter { get; }
}
