using Moda.Runtime.Processes;

namespace Moda.Runtime.Media;

/// <summary>How an output treats what is there already.</summary>
public sealed record VideoOutputOptions
{
    /// <summary>
    /// Whether an existing file is replaced, and frames are put into a folder that holds other things. A folder that holds nothing but the
    /// frames of an earlier clip takes new ones without it. Files that are not this engine's are never deleted.
    /// </summary>
    public bool Overwrite { get; init; }

    /// <summary>Files that the clip is made from: none of them is ever replaced, <see cref="Overwrite"/> or not.</summary>
    public IReadOnlyList<string> Inputs { get; init; } = [];

    /// <summary>Where ffmpeg is; null looks for it as <see cref="Ffmpeg.Locate"/> does.</summary>
    internal string? FfmpegPath { get; init; }
}
