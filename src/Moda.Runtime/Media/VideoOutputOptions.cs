using Moda.Runtime.Processes;

namespace Moda.Runtime.Media;

/// <summary>How an output treats existing files.</summary>
public sealed record VideoOutputOptions
{
    /// <summary>
    /// Whether an existing file is replaced, and whether frames are written into a folder that holds other files. A folder that holds only
    /// the frames of an earlier clip may always be reused. Files of other programs are never deleted.
    /// </summary>
    public bool Overwrite { get; init; }

    /// <summary>Files that the clip is made from. They are never replaced, even with <see cref="Overwrite"/>.</summary>
    public IReadOnlyList<string> Inputs { get; init; } = [];

    /// <summary>The path of ffmpeg; null finds it as <see cref="Ffmpeg.Locate"/> does.</summary>
    internal string? FfmpegPath { get; init; }
}
