namespace Moda.Extensions.Hosting.Clients;

/// <summary>What every client can do by what it has.</summary>
public static class TalkingHeadClientExtensions
{
    /// <summary>Makes a video in memory. For long videos <see cref="ITalkingHeadClient.WriteVideoAsync"/> needs less of it.</summary>
    /// <param name="client">The client.</param>
    /// <param name="request">What to make.</param>
    /// <param name="cancellationToken">Leaves the queue, or ends the work.</param>
    /// <inheritdoc cref="ITalkingHeadClient.WriteVideoAsync" path="/exception"/>
    public static async Task<TalkingHeadVideo> GetVideoAsync(
        this ITalkingHeadClient client, TalkingHeadRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(client);
        using var data = new MemoryStream();
        TalkingHeadVideoSummary summary = await client.WriteVideoAsync(request, data, cancellationToken).ConfigureAwait(false);
        return new TalkingHeadVideo(data.GetBuffer().AsMemory(0, (int)data.Length), summary);
    }

    /// <summary>Finds what is behind the client.</summary>
    /// <typeparam name="TService">The type that is asked for.</typeparam>
    /// <param name="client">The client.</param>
    /// <param name="serviceKey">Chooses among several; null for the only one.</param>
    /// <returns>The object, which the caller does not dispose; null where there is none.</returns>
    public static TService? GetService<TService>(this ITalkingHeadClient client, object? serviceKey = null)
        where TService : class
    {
        ArgumentNullException.ThrowIfNull(client);
        return client.GetService(typeof(TService), serviceKey) as TService;
    }
}
