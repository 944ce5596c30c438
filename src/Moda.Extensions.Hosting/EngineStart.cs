using Microsoft.Extensions.Hosting;

namespace Moda.Extensions.Hosting;

/// <summary>Loads the engine when the host starts and disposes it when the host stops.</summary>
internal sealed class EngineStart(EngineHost host) : IHostedService
{
    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => host.LoadAsync(cancellationToken);

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => host.DisposeAsync().AsTask();
}
