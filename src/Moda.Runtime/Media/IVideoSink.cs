using Moda.Runtime.Imaging;

namespace Moda.Runtime.Media;

/// <summary>
/// Writes the frames of one clip. A file or folder gets its name only in <see cref="CompleteAsync"/>. Disposing the sink earlier removes
/// the unfinished output.
/// </summary>
public interface IVideoSink : IAsyncDisposable
{
    /// <summary>A short description of the output ("H.264 by libx264").</summary>
    string Description { get; }

    /// <summary>A note for the user about the output, such as a weaker encoder; null for none.</summary>
    string? Notice { get; }

    /// <summary>Writes the next frame. The caller may reuse the pixels when the task is complete.</summary>
    /// <param name="frame">A frame in the clip's format.</param>
    /// <param name="cancellationToken">Cancels the writing. Disposing the sink then removes the output.</param>
    /// <exception cref="VideoFileException">The output could not be written.</exception>
    ValueTask WriteAsync(VideoFrame frame, CancellationToken cancellationToken = default);

    /// <summary>Finishes the clip and gives the output its name.</summary>
    /// <param name="cancellationToken">Cancels the finishing. Disposing the sink then removes the output.</param>
    /// <exception cref="VideoFileException">The output could not be written.</exception>
    Task CompleteAsync(CancellationToken cancellationToken = default);
}
