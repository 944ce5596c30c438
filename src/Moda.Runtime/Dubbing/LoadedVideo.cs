using Moda.Runtime.Faces.Tracking;
using Moda.Runtime.Media;
using Moda.Runtime.Options;
using Moda.Runtime.Processes;

namespace Moda.Runtime.Dubbing;

/// <summary>What the first pass found out about a video, which all its dubs share.</summary>
/// <param name="Path">The file.</param>
/// <param name="Ffmpeg">What decodes it.</param>
/// <param name="Track">Where the face is in each frame.</param>
/// <param name="Format">Its frames: size, rate, and whether they have times of their own.</param>
/// <param name="Start">From the file's start to its first frame.</param>
/// <param name="Framing">How faces are framed.</param>
internal sealed record LoadedVideo(string Path, Ffmpeg Ffmpeg, FaceTrack Track, VideoFormat Format, TimeSpan Start, PortraitOptions Framing)
{
    /// <summary>From the first frame's start to the last one's end.</summary>
    public TimeSpan Duration => Track.Times[^1] + Format.TimestampOf(1);
}
