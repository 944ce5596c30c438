using Microsoft.Extensions.Diagnostics.HealthChecks;
using Moda.Extensions.Hosting.Queueing;
using Moda.Runtime;

namespace Moda.Extensions.Hosting;

/// <summary>
/// Healthy while the engine is loaded and requests are taken; degraded while the queue is full, so that a balancer asks another host; unhealthy
/// without an engine.
/// </summary>
internal sealed class EngineHealthCheck(EngineHost host, RequestLimiter queue) : IHealthCheck
{
    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (host.Loaded is not { } engine)
        {
            return Task.FromResult(new HealthCheckResult(context.Registration.FailureStatus, "The engine is not loaded."));
        }

        (int running, int waiting) = (queue.Running, queue.Waiting);
        bool isFull = running >= queue.MaxConcurrent && waiting >= queue.MaxWaiting;
        return Task.FromResult(new HealthCheckResult(
            isFull ? HealthStatus.Degraded : HealthStatus.Healthy,
            isFull ? "The queue is full." : $"The engine runs on {engine.DeviceName}.",
            data: Describe(engine, running, waiting)));
    }

    private static Dictionary<string, object> Describe(TalkingHeadEngine engine, int running, int waiting)
    {
        EngineMemory memory = engine.Memory;
        return new Dictionary<string, object>
        {
            ["device"] = engine.DeviceName,
            ["running"] = running,
            ["waiting"] = waiting,
            ["liveClips"] = engine.LiveClips,
            ["deviceBytes"] = memory.Parameters + memory.Activations + memory.Portraits,
        };
    }
}
