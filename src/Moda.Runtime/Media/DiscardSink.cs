using Moda.Runtime.Imaging;

namespace Moda.Runtime.Media;

/// <summary>Takes frames and writes nothing: for measuring how fast they come.</summary>
internal sealed class DiscardSink(VideoFormat format) : IVideoSink
{
    /// <inheritdoc/>
    public string Description => "nothing";

    /// <inheritdoc/>
    public string? Notice => null;

    /// <inheritdoc/>
    public ValueTask WriteAsync(VideoFrame frame, CancellationToken cancellationToken = default)
    {
        format.Check(frame);
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public Task CompleteAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
