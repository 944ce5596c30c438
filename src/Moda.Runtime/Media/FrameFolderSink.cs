using System.Globalization;
using Moda.Runtime.Imaging;

namespace Moda.Runtime.Media;

/// <summary>
/// Writes frames as PNG files, frame_000000.png and on, into a folder; needs no ffmpeg. The folder appears, or its older
/// frames are replaced, when the clip is complete.
/// </summary>
public sealed class FrameFolderSink : IVideoSink
{
    private readonly VideoFormat format;
    private readonly PartialOutput output;
    private readonly ImageEncoder encoder;

    /// <summary>Makes the folder.</summary>
    /// <param name="path">The folder; other files in it are left alone.</param>
    /// <param name="format">The frames.</param>
    /// <exception cref="VideoOutputException">It cannot be written to.</exception>
    public FrameFolderSink(string path, VideoFormat format)
    {
        this.format = format;
        output = PartialOutput.CreateFolder(path);
        encoder = new ImageEncoder(format.Width, format.Height);
    }

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
        output.CommitFolder(replaced: "frame_*.png");
        return Task.CompletedTask;
    }

    /// <summary>Removes frames that were not completed.</summary>
    public ValueTask DisposeAsync()
    {
        encoder.Dispose();
        output.Dispose();
        return ValueTask.CompletedTask;
    }

    private void Save(VideoFrame frame)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"frame_{frame.Index:D6}.png");
        try
        {
            encoder.Save(frame.Pixels.Span, Path.Combine(output.PartialPath, name));
        }
        catch (ImageFileException error)
        {
            throw output.Explain(error.InnerException ?? error);
        }
    }
}
