using Microsoft.Extensions.Options;
using Moda.Web.Configuration;
using Moda.Web.Failures;

namespace Moda.Web.Sockets;

/// <summary>Counts the sockets that are open.</summary>
internal sealed class SocketLimit(IOptions<ServiceOptions> options)
{
    private int open;

    /// <summary>Takes a place.</summary>
    /// <returns>The place; the caller disposes it.</returns>
    /// <exception cref="ApiException">None is free.</exception>
    public IDisposable Enter()
    {
        if (Interlocked.Increment(ref open) > options.Value.MaxSockets)
        {
            Interlocked.Decrement(ref open);
            throw ApiException.TooMany("too_many_sockets", $"{options.Value.MaxSockets} sockets are open, as many as may.", TimeSpan.FromSeconds(10));
        }

        return new Place(this);
    }

    private sealed class Place(SocketLimit limit) : IDisposable
    {
        public void Dispose() => Interlocked.Decrement(ref limit.open);
    }
}
