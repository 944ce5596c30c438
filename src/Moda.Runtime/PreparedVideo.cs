using Moda.Runtime.Media;
using Moda.Runtime.Videos;
using Moda.Runtime.Workers;

namespace Moda.Runtime;

/// <summary>
/// A video whose faces were followed from its first frame to its last, prepared once for any number of dubs and drives. May be used by several
/// threads at once.
/// </summary>
/// <remarks>
/// The file is read again by each use, and must stay as it is. Clips that were begun keep what was found out, so that this may be disposed at
/// any time, also after the engine.
/// </remarks>
public sealed class PreparedVideo : IDisposable
{
    private readonly LoadedVideo video;
    private readonly IReadOnlyList<PreparedPortrait> faces;

    /// <summary>Takes over what was found out, which goes with the last lease of the first face.</summary>
    /// <param name="video">The video.</param>
    /// <param name="faces">Each face as it is first seen; at least one.</param>
    /// <param name="numbers">Their numbers.</param>
    internal PreparedVideo(LoadedVideo video, IReadOnlyList<PreparedPortrait> faces, IReadOnlyList<int> numbers)
    {
        this.video = video;
        this.faces = faces;
        FaceNumbers = numbers;
    }

    /// <summary>The file.</summary>
    public string Path => video.Path;

    /// <summary>Size and rate of its frames, and whether they have times of their own.</summary>
    public VideoFormat Format => video.Format;

    /// <summary>How many frames it has.</summary>
    public int FrameCount => video.Track.Times.Count;

    /// <summary>
    /// The numbers of the faces that were followed, ascending. At the beginning of a scene they count from 1 for the face furthest to the left;
    /// faces that come later follow in the order in which they come. A video that was prepared for one face has number 1.
    /// </summary>
    public IReadOnlyList<int> FaceNumbers { get; }

    /// <summary>Frames without any of the faces, which clips show as they are.</summary>
    public int FramesWithoutFace => video.Track.FramesWithoutFace;

    /// <summary>From the first frame's start to the last one's end.</summary>
    public TimeSpan Duration => video.Duration;

    /// <summary>From the file's start to its first frame.</summary>
    public TimeSpan Start => video.Start;

    /// <summary>The engine that prepared it.</summary>
    internal TalkingHeadEngine Engine => faces[0].Engine;

    /// <summary>What the first pass found out.</summary>
    internal LoadedVideo Loaded => video;

    /// <summary>Ends its use: what it holds is released when its last clip has ended.</summary>
    public void Dispose()
    {
        foreach (PreparedPortrait face in faces)
        {
            face.Dispose();
        }
    }

    /// <summary>A lease of each face for a clip.</summary>
    /// <exception cref="ObjectDisposedException">It was disposed.</exception>
    internal IReadOnlyList<LoadedPortrait> Lease() => PreparedPortrait.LeaseAll(faces);
}
