using Moda.Runtime.Imaging;

namespace Moda.Extensions.Hosting.Clients;

/// <summary>
/// The frames of a client that is wrapped, and how their reading went: an iterator can't yield where it catches exceptions, so it reads through
/// this.
/// </summary>
/// <param name="frames">The frames; disposed with this.</param>
internal sealed class WatchedFrames(IAsyncEnumerator<VideoFrame> frames) : IAsyncDisposable
{
    /// <summary>The frame that was read last.</summary>
    public VideoFrame Current => frames.Current;

    /// <summary>Frames that were read.</summary>
    public int Count { get; private set; }

    /// <summary>Whether they were read to their end.</summary>
    public bool IsCompleted { get; private set; }

    /// <summary>What the reading failed with; null while it has not.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Reads the next frame.</summary>
    public async ValueTask<bool> MoveNextAsync()
    {
        try
        {
            bool isThere = await frames.MoveNextAsync().ConfigureAwait(false);
            Count += isThere ? 1 : 0;
            IsCompleted = !isThere;
            return isThere;
        }
        catch (Exception error)
        {
            Failure = error;
            throw;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => frames.DisposeAsync();
}
