using Moda.Runtime.Media;
using Moda.Runtime.Videos;
using Moda.Runtime.Workers;

namespace Moda.Runtime;

/// <summary>
/// A video whose face was followed from its first frame to its last, prepared once for any number of dubs and drives. May be used by several
/// threads at once.
/// </summary>
/// <remarks>
/// The file is read again by each use, and must stay as it is. Clips that were begun keep what was found out, so that this may be disposed at
/// any time, also after the engine.
/// </remarks>
public sealed class PreparedVideo : IDisposable
{
    private readonly LoadedVideo video;
    private readonly PreparedPortrait first;

    /// <summary>Takes over what was found out, which goes with the last lease of the first face.</summary>
    internal PreparedVideo(LoadedVideo video, PreparedPortrait first)
    {
        this.video = video;
        this.first = first;
    }

    /// <summary>The file.</summary>
    public string Path => video.Path;

    /// <summary>Size and rate of its frames, and whether they have times of their own.</summary>
    public VideoFormat Format => video.Format;

    /// <summary>How many frames it has.</summary>
    public int FrameCount => video.Track.Times.Count;

    /// <summary>Frames without a face, which clips show as they are.</summary>
    public int FramesWithoutFace => video.Track.FramesWithoutFace;

    /// <summary>From the first frame's start to the last one's end.</summary>
    public TimeSpan Duration => video.Duration;

    /// <summary>From the file's start to its first frame.</summary>
    public TimeSpan Start => video.Start;

    /// <summary>The engine that prepared it.</summary>
    internal TalkingHeadEngine Engine => first.Engine;

    /// <summary>What the first pass found out.</summary>
    internal LoadedVideo Loaded => video;

    /// <summary>Ends its use: what it holds is released when its last clip has ended.</summary>
    public void Dispose() => first.Dispose();

    /// <summary>A lease of the first face for a clip.</summary>
    /// <exception cref="ObjectDisposedException">It was disposed.</exception>
    internal LoadedPortrait Lease() => first.Lease();
}
