using Moda.Runtime.Imaging;

namespace Moda.Runtime.Media;

/// <summary>
/// Writes frames as PNG files (frame_000000.png, ...) into a folder. It needs no ffmpeg. When the clip is complete, the folder appears or
/// its older frames are replaced.
/// </summary>
/// <param name="folder">The folder. The new object disposes it.</param>
/// <param name="format">The format of the frames.</param>
internal sealed class FrameFolderSink(FrameFolder folder, VideoFormat format) : IVideoSink
{
    private readonly ImageEncoder encoder = new(format.Width, format.Height);

    /// <inheritdoc/>
    public string Description => "PNG files";

    /// <inheritdoc/>
    public string? Notice => null;

    /// <inheritdoc/>
    public async ValueTask WriteAsync(VideoFrame frame, CancellationToken cancellationToken = default)
    {
        format.Check(frame);
        await Task.Run(() => Save(frame), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public Task CompleteAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        folder.Commit();
        return Task.CompletedTask;
    }

    /// <summary>Removes the frames of an incomplete clip.</summary>
    public ValueTask DisposeAsync()
    {
        encoder.Dispose();
        folder.Dispose();
        return ValueTask.CompletedTask;
    }

    private void Save(VideoFrame frame)
    {
        string path = folder.PathOf(frame.Index);
        try
        {
            encoder.Save(frame.Pixels.Span, path);
        }
        catch (ImageFileException error)
        {
            throw folder.Explain(error.InnerException ?? error);
        }
        folder.MarkFrame(path);
    }
}
