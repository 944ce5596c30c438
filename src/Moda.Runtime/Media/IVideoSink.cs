using Moda.Runtime.Imaging;

namespace Moda.Runtime.Media;

/// <summary>
/// Where the frames of one clip go. Nothing stands under the output's name before <see cref="CompleteAsync"/>; disposing
/// earlier removes what was written.
/// </summary>
public interface IVideoSink : IAsyncDisposable
{
    /// <summary>What is written, in a few words ("H.264 by libx264").</summary>
    string Description { get; }

    /// <summary>Something that the user should know about the output, such as a weaker encoder; null when all is as wanted.</summary>
    string? Notice { get; }

    /// <summary>Writes the next frame. The pixels may be reused when this returns.</summary>
    /// <param name="frame">In the clip's format.</param>
    /// <param name="cancellationToken">Stops the writing; the output is then removed by disposing.</param>
    /// <exception cref="VideoFileException">It could not be written.</exception>
    ValueTask WriteAsync(VideoFrame frame, CancellationToken cancellationToken = default);

    /// <summary>Ends the clip and puts the output in its place.</summary>
    /// <param name="cancellationToken">Stops the ending; the output is then removed by disposing.</param>
    /// <exception cref="VideoFileException">It could not be written.</exception>
    Task CompleteAsync(CancellationToken cancellationToken = default);
}
