using Moda.Runtime.Faces;
using Moda.Runtime.Faces.Detection;
using Moda.Runtime.Faces.Tracking;
using Moda.Runtime.Media;
using Moda.Runtime.Options;
using Moda.Runtime.Progress;
using Moda.Runtime.Sessions;
using Moda.Runtime.Videos;
using Moda.Runtime.Workers;

namespace Moda.Runtime;

/// <content>Videos whose faces are followed, and clips that are made of their frames.</content>
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
        return PrepareVideoAsync(
            path, finder => new FaceTracker(finder, face), _ => [1], framing ?? new PortraitOptions(), progress, cancellationToken);
    }

    /// <summary>Follows several faces through a video, so that each can be dubbed by a voice of its own.</summary>
    /// <param name="path">Any video file that ffmpeg reads. Each use reads it again.</param>
    /// <param name="faces">
    /// Which faces. They are numbered from left to right at the beginning of each scene; faces that come later are numbered in the order in
    /// which they come. A face that is lost and found again in the same scene keeps its number.
    /// </param>
    /// <param name="framing">How faces are framed; the longest side is not looked at: frames keep their size. Null for the reference's.</param>
    /// <param name="progress">Told after each frame, on threads of the pool; null where nobody is told.</param>
    /// <param name="cancellationToken">Ends the preparation.</param>
    /// <exception cref="FaceNotFoundException">
    /// No frame has a face of <see cref="Portrait.SmallestFace"/> pixels or more, or a number is larger than the number of faces in any scene.
    /// </exception>
    /// <inheritdoc cref="PrepareVideoAsync(string, FaceChoice, PortraitOptions?, IProgress{GenerationProgress}?, CancellationToken)"/>
    public Task<PreparedVideo> PrepareVideoAsync(
        string path,
        FaceSelection faces,
        PortraitOptions? framing = null,
        IProgress<GenerationProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(faces);
        return PrepareVideoAsync(
            path,
            finder => new FaceTracker(finder, faces),
            count => faces.Numbers ?? [.. Enumerable.Range(1, count)],
            framing ?? new PortraitOptions(),
            progress,
            cancellationToken);
    }

    private Task<PreparedVideo> PrepareVideoAsync(
        string path,
        Func<FaceAnalyzer, FaceTracker> createTracker,
        Func<int, IReadOnlyList<int>> numbersOf,
        PortraitOptions framing,
        IProgress<GenerationProgress>? progress,
        CancellationToken cancellationToken)
    {
        framing.Validate();
        return Task.Run(
            async () =>
            {
                FaceTracker tracker = await faces.BeginTrackingAsync(createTracker, cancellationToken).ConfigureAwait(false);
                (LoadedVideo video, IReadOnlyList<Portrait?> first) = await VideoTracking.RunAsync(
                    path, (frame, token) => faces.TrackAsync(tracker, frame, token), framing, progress, cancellationToken).ConfigureAwait(false);
                var prepared = new List<PreparedPortrait>(first.Count);
                try
                {
                    IReadOnlyList<int> numbers = numbersOf(first.Count);
                    for (int face = 0; face < first.Count; face++)
                    {
                        Portrait portrait = first[face] ?? throw MissesFace(path, numbers[face]);
                        Action<LoadedPortrait> reclaim = face == 0 ? loaded => ReclaimWith(video, loaded) : Reclaim;
                        prepared.Add(await PrepareAsync(portrait, reclaim, cancellationToken).ConfigureAwait(false));
                    }

                    return new PreparedVideo(video, prepared, numbers);
                }
                catch
                {
                    prepared.ForEach(face => face.Dispose());
                    video.Track.Dispose();
                    throw;
                }
            },
            cancellationToken);
    }

    // What the first pass found out goes with the last lease of the first face: each clip of the video has one.
    private void ReclaimWith(LoadedVideo video, LoadedPortrait first)
    {
        video.Track.Dispose();
        Reclaim(first);
    }

    private static FaceNotFoundException MissesFace(string path, int number) => new(
        $"Face {number} of video '{path}' was asked for, but no scene has so many faces. The faces of a scene are numbered from left to right.");

    /// <summary>A clip of a video's frames, with other keypoints.</summary>
    /// <param name="faces">The video's faces as they are first seen, each with a lease for the clip.</param>
    /// <param name="video">The video.</param>
    /// <param name="createDriver">Makes what says where the keypoints go.</param>
    /// <param name="wanted">How frames are made.</param>
    /// <param name="progress">Told as the stages go on; null where nobody is told.</param>
    internal TalkingClip Render(
        IReadOnlyList<LoadedPortrait> faces,
        IFaceVideo video,
        Func<SessionContext, IVideoDriver> createDriver,
        GenerationOptions wanted,
        IProgress<GenerationProgress>? progress) => Begin(
            faces,
            () => new VideoFrames(context, video, createDriver(context), wanted, LoadFrames),
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
