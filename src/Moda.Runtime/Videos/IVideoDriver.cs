using Moda.Runtime.Faces;
using Moda.Runtime.Progress;
using Moda.Runtime.Sessions;
using Moda.Runtime.Workers;

namespace Moda.Runtime.Videos;

/// <summary>Where the keypoints of a video's frames go: what voices say, or another face does.</summary>
internal interface IVideoDriver
{
    /// <summary>How long the driver's stages have been at work so far; the clip adds its own.</summary>
    StageTimes Times { get; }

    /// <summary>Bytes of host memory that it holds.</summary>
    long HostBytes { get; }

    /// <summary>
    /// When the frames of the result are shown, one or more: those of the video, cut off, or with more behind its last one. Null while that
    /// is not known: before <see cref="BeginAsync"/> has ended.
    /// </summary>
    IReadOnlyList<TimeSpan>? FrameTimes { get; }

    /// <summary>Finds out what the frames need, before the first one is driven.</summary>
    /// <param name="clip">Whose frames they are.</param>
    /// <param name="progress">Told how far it has come; null where nobody is told.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns><see cref="FrameTimes"/>.</returns>
    Task<IReadOnlyList<TimeSpan>> BeginAsync(ClipSession clip, IProgress<GenerationProgress>? progress, CancellationToken cancellationToken);

    /// <summary>Drives a face of a frame, on the thread of the motion worker.</summary>
    /// <param name="frame">The number of the frame, 0 for the first.</param>
    /// <param name="face">The number of the face among those that were followed, 0 for the first.</param>
    /// <param name="portrait">The face.</param>
    /// <param name="landmarks">Its landmarks, in the frame's pixels.</param>
    /// <returns>Where its keypoints go, [21, 3].</returns>
    ReadOnlyMemory<float> Drive(int frame, int face, LoadedPortrait portrait, FaceLandmarks landmarks);
}
