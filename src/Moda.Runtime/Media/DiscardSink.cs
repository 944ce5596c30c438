using Moda.Runtime.Imaging;

namespace Moda.Runtime.Media;

/// <summary>Accepts frames and writes nothing, to measure how fast frames are made.</summary>
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
