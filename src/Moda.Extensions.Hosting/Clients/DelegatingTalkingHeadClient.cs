using Moda.Runtime.Imaging;

namespace Moda.Extensions.Hosting.Clients;

/// <summary>A client that passes everything on to another one; the base of clients that change or watch some of it.</summary>
public class DelegatingTalkingHeadClient : ITalkingHeadClient
{
    /// <summary>Wraps a client.</summary>
    /// <param name="innerClient">The client; it is disposed with this one.</param>
    protected DelegatingTalkingHeadClient(ITalkingHeadClient innerClient)
    {
        ArgumentNullException.ThrowIfNull(innerClient);
        InnerClient = innerClient;
    }

    /// <summary>The client that is wrapped.</summary>
    protected ITalkingHeadClient InnerClient { get; }

    /// <inheritdoc/>
    public virtual Task<TalkingHeadVideoSummary> WriteVideoAsync(
        TalkingHeadRequest request, Stream destination, CancellationToken cancellationToken = default) =>
        InnerClient.WriteVideoAsync(request, destination, cancellationToken);

    /// <inheritdoc/>
    public virtual IAsyncEnumerable<VideoFrame> GetFramesAsync(TalkingHeadRequest request, CancellationToken cancellationToken = default) =>
        InnerClient.GetFramesAsync(request, cancellationToken);

    /// <inheritdoc/>
    public virtual object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is null && serviceType.IsInstanceOfType(this) ? this : InnerClient.GetService(serviceType, serviceKey);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Disposes the client that is wrapped.</summary>
    /// <param name="disposing">True when it is called by <see cref="Dispose()"/>.</param>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
        {
            InnerClient.Dispose();
        }
    }
}
