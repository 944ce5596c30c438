using Moda.Runtime.Faces;
using Moda.Runtime.Faces.Tracking;
using Moda.Runtime.Media;
using Moda.Runtime.Options;
using Moda.Runtime.Progress;
using Moda.Runtime.Sessions;
using Moda.Runtime.Videos;
using Moda.Runtime.Workers;

namespace Moda.Runtime;

/// <content>Videos whose face is followed, and clips that are made of their frames.</content>
public sealed partial class TalkingHeadEngine
{
    /// <summary>Follows a face through a video, so that its lips can be synced to voices, its face driven, or its motion read: the first pass over the file.</summary>
    /// <param name="path">Any video file that ffmpeg reads. Each use reads it again.</param>
    /// <param name="face">Which face, where a scene begins with several.</param>
    /// <param name="framing">How faces are framed; the longest side is not looked at: frames keep their size. Null for the reference's.</param>
    /// <param name="progress">Told after each frame, on threads of the pool; null where nobody is told.</param>
    /// <param name="cancellationToken">Ends the preparation.</param>
    /// <returns>The video; the caller disposes it.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="VideoFileException">It is no video, holds no frames, ends early, or its frames are too large.</exception>
    /// <exception cref="FaceNotFoundException">No frame has a face of <see cref="Portrait.SmallestFace"/> pixels or more.</exception>
    /// <exception cref="Moda.Runtime.Processes.FfmpegNotFoundException">There is no ffmpeg.</exception>
    /// <exception cref="InsufficientMemoryException">The device has too little memory left.</exception>
    /// <exception cref="ObjectDisposedException">The engine was disposed.</exception>
    /// <exception cref="OperationCanceledException">The preparation was cancelled.</exception>
    public Task<PreparedVideo> PrepareVideoAsync(
        string path,
        FaceChoice face = default,
        PortraitOptions? framing = null,
        IProgress<GenerationProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        framing ??= new PortraitOptions();
        framing.Validate();
        return Task.Run(
            async () =>
            {
                FaceTracker tracker = await faces.BeginTrackingAsync(face, cancellationToken).ConfigureAwait(false);
                (LoadedVideo video, Portrait first) = await VideoTracking.RunAsync(
                    path, (frame, token) => faces.TrackAsync(tracker, frame, token), framing, progress, cancellationToken).ConfigureAwait(false);
                try
                {
                    PreparedPortrait loaded = await PrepareAsync(
                        first,
                        portrait =>
                        {
                            video.Track.Dispose();
                            Reclaim(portrait);
                        },
                        cancellationToken).ConfigureAwait(false);
                    return new PreparedVideo(video, loaded);
                }
                catch
                {
                    video.Track.Dispose();
                    throw;
                }
            },
            cancellationToken);
    }

    /// <summary>A clip of a video's frames, with other keypoints.</summary>
    /// <param name="first">The video's first face, with a lease for the clip.</param>
    /// <param name="video">The video.</param>
    /// <param name="createDriver">Makes what says where the keypoints go, for the first face.</param>
    /// <param name="wanted">How frames are made.</param>
    /// <param name="progress">Told as the stages go on; null where nobody is told.</param>
    internal TalkingClip Render(
        LoadedPortrait first,
        IFaceVideo video,
        Func<SessionContext, LoadedPortrait, IVideoDriver> createDriver,
        GenerationOptions wanted,
        IProgress<GenerationProgress>? progress) => Begin(
            first,
            loaded => new VideoFrames(context, video, createDriver(context, loaded), wanted, LoadFrames),
            wanted,
            video.Format,
            progress);

    // On the thread of the motion worker. No worker has anything of a frame's to forget: its memory serves another frame as soon as it is
    // finished.
    private IReadOnlyList<LoadedPortrait> LoadFrames(
        MotionWorker worker, IReadOnlyList<Portrait> frames, PasteBackMode pasteBack, Action<Portrait> finished, CancellationToken cancellationToken)
    {
        IReadOnlyList<LoadedPortrait> loaded = worker.LoadFrames(
            frames,
            pasteBack,
            workers.CropSide,
            frame =>
            {
                ReleaseMemory(frame);
                finished(frame.Portrait);
            },
            cancellationToken);
        lock (gate)
        {
            portraits.UnionWith(loaded);
        }

        return loaded;
    }
}
