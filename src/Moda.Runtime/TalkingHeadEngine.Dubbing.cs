using Moda.Runtime.Audio;
using Moda.Runtime.Dubbing;
using Moda.Runtime.Faces;
using Moda.Runtime.Faces.Tracking;
using Moda.Runtime.Media;
using Moda.Runtime.Options;
using Moda.Runtime.Progress;
using Moda.Runtime.Workers;

namespace Moda.Runtime;

// Videos whose lips are synced to a voice.
public sealed partial class TalkingHeadEngine
{
    /// <summary>Follows a face through a video, so that its lips can be synced to voices: the first of two passes over the file.</summary>
    /// <param name="path">Any video file that ffmpeg reads. Each dub reads it again.</param>
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

    /// <summary>Syncs the lips of a video to a voice that is in memory.</summary>
    /// <inheritdoc cref="Dub(PreparedVideo, ISampleReader, DubbingOptions?, IProgress{GenerationProgress}?)"/>
    public TalkingClip Dub(
        PreparedVideo video, Waveform voice, DubbingOptions? options = null, IProgress<GenerationProgress>? progress = null) =>
        Dub(video, voice.OpenReader(), options, progress);

    /// <summary>
    /// Syncs the lips of a video to a voice: lips follow the voice, the rest of the face follows the video, and frames without a face are
    /// shown as they are. The clip has the video's size, rate and times.
    /// </summary>
    /// <param name="video">A video of this engine. It may be disposed once this has returned.</param>
    /// <param name="voice">
    /// Mono samples at 16 kHz, all of which are read before the first frame is made; the caller disposes it after the clip.
    /// </param>
    /// <param name="options">How; null for the reference's defaults.</param>
    /// <param name="progress">Told as the stages go on, on tasks of the clip and its reader; null where nobody is told.</param>
    /// <returns>The clip. Its reader is told by a <see cref="VideoFileException"/> where the file has changed meanwhile.</returns>
    /// <exception cref="ArgumentException">The options need what the weights lack, or are not for videos, or the video is another engine's.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is no number, or out of range.</exception>
    /// <exception cref="ObjectDisposedException">The video or the engine was disposed.</exception>
    public TalkingClip Dub(
        PreparedVideo video, ISampleReader voice, DubbingOptions? options = null, IProgress<GenerationProgress>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(video);
        ArgumentNullException.ThrowIfNull(voice);
        options ??= new DubbingOptions();
        Validate(video.Engine, options.Generation);
        options.Validate();
        return Begin(
            video.Lease(),
            first => new DubbedFrames(context, video.Loaded, first, voice, options, LoadFrames),
            options.Generation,
            video.Format,
            progress);
    }

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
