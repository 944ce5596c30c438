namespace Moda.Runtime;

/// <summary>Makes a clip's frames of rendered batches, on the host or on the device. One object serves one thread at a time.</summary>
internal interface IFramePasting : IDisposable
{
    /// <summary>Takes the batch that the renderer has just rendered, when it is done.</summary>
    /// <param name="count">Frames of it.</param>
    /// <param name="cancellationToken">Looked at before each op.</param>
    void Begin(int count, CancellationToken cancellationToken);

    /// <summary>Makes one frame of the batch.</summary>
    /// <param name="place">Its place in the batch.</param>
    /// <param name="frame">[height, width, 3]: a buffer that held the portrait, or a frame of the same clip, before; holds the frame afterwards.</param>
    /// <param name="cancellationToken">Looked at before each op.</param>
    void Paste(int place, Memory<byte> frame, CancellationToken cancellationToken);
}
