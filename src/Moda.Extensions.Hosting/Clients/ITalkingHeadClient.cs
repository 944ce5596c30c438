using Moda.Runtime.Imaging;

namespace Moda.Extensions.Hosting.Clients;

/// <summary>
/// Makes talking videos. Shaped like the clients of Microsoft.Extensions.AI: a whole result, a stream, and the services behind it; clients wrap
/// other clients (<see cref="DelegatingTalkingHeadClient"/>, <see cref="TalkingHeadClientBuilder"/>).
/// </summary>
/// <remarks>Several threads may call all members at once. Requests that can't be served at once wait in a queue.</remarks>
public interface ITalkingHeadClient : IDisposable
{
    /// <summary>Makes a video and writes it into a stream while its frames are made.</summary>
    /// <param name="request">What to make.</param>
    /// <param name="destination">
    /// Takes the video from where it stands; it need not seek, and stays open. When the request fails it holds the video's beginning.
    /// </param>
    /// <param name="cancellationToken">Leaves the queue, or ends the work.</param>
    /// <returns>What was written.</returns>
    /// <exception cref="ModaBusyException">As many requests are waiting, or as many live clips are at work, as may.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    Task<TalkingHeadVideoSummary> WriteVideoAsync(TalkingHeadRequest request, Stream destination, CancellationToken cancellationToken = default);

    /// <summary>Makes the frames of a video as they are read.</summary>
    /// <param name="request">What to make. The place in the queue is taken when the first frame is asked for.</param>
    /// <param name="cancellationToken">Leaves the queue, or ends the work.</param>
    /// <returns>The frames. A frame's pixels are valid until the next frame is asked for; <see cref="VideoFrame.Copy"/> keeps them.</returns>
    /// <exception cref="ModaBusyException">As many requests are waiting, or as many live clips are at work, as may.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    IAsyncEnumerable<VideoFrame> GetFramesAsync(TalkingHeadRequest request, CancellationToken cancellationToken = default);

    /// <summary>Finds what is behind the client: a client that it wraps, <see cref="TalkingHeadClientMetadata"/>, the engine, the queue.</summary>
    /// <param name="serviceType">The type that is asked for.</param>
    /// <param name="serviceKey">Chooses among several; null for the only one.</param>
    /// <returns>The object, which the caller does not dispose; null where there is none.</returns>
    object? GetService(Type serviceType, object? serviceKey = null);
}
