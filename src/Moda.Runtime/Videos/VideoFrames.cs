using System.Runtime.CompilerServices;
using Moda.Runtime.Faces;
using Moda.Runtime.Media;
using Moda.Runtime.Options;
using Moda.Runtime.Progress;
using Moda.Runtime.Sessions;
using Moda.Runtime.Workers;

namespace Moda.Runtime.Videos;

/// <summary>
/// The pass over a video in which its frames are made: each frame is decoded again, and each of its faces is read by the networks and driven as a
/// portrait of its own. A few frames at a time are in memory: one piece is decoded while the one before it is read, and others are rendered.
/// </summary>
/// <param name="context">What the engine gives its clips.</param>
/// <param name="video">The video.</param>
/// <param name="driver">Where the keypoints of its frames go.</param>
/// <param name="options">How frames are made.</param>
/// <param name="load">Puts frames on the device.</param>
internal sealed class VideoFrames(
    SessionContext context, IFaceVideo video, IVideoDriver driver, GenerationOptions options, VideoFrames.LoadFrames load) : IFrameSource
{
    private readonly FaceCutter cutter = new(video.Format.Width, video.Format.Height, video.Framing);

    /// <summary>Puts faces of frames on the device, on the thread of the motion worker.</summary>
    /// <param name="worker">The motion worker.</param>
    /// <param name="frames">The faces, each with its frame.</param>
    /// <param name="pasteBack">How they are pasted into.</param>
    /// <param name="finished">Gets each back after its last lease, on any thread.</param>
    /// <param name="cancellationToken">Looked at before each op.</param>
    /// <returns>As many, each with one lease.</returns>
    public delegate IReadOnlyList<LoadedPortrait> LoadFrames(
        MotionWorker worker, IReadOnlyList<Portrait> frames, PasteBackMode pasteBack, Action<Portrait> finished, CancellationToken cancellationToken);

    /// <inheritdoc/>
    public StageTimes Times => driver.Times;

    /// <inheritdoc/>
    public long HostBytes => driver.HostBytes;

    /// <inheritdoc/>
    public FrameRate FramesPerSecond => video.Format.FramesPerSecond;

    /// <inheritdoc/>
    public int FramesAhead => options.FramesAhead ?? context.FramesAhead;

    /// <inheritdoc/>
    public int? FrameCount => driver.FrameTimes?.Count;

    /// <inheritdoc/>
    public async IAsyncEnumerable<IReadOnlyList<DrivenFrame>> GenerateAsync(
        ClipSession clip, IProgress<GenerationProgress>? progress, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        IReadOnlyList<TimeSpan> times = await driver.BeginAsync(clip, progress, cancellationToken).ConfigureAwait(false);
        var frames = new DecodedFrames(video, cutter, times.Count, context.FramesPerBatch, clip.RentBuffer, cancellationToken);
        await using (frames.ConfigureAwait(false))
        {
            while (await frames.NextAsync(cancellationToken).ConfigureAwait(false) is { Count: > 0 } piece)
            {
                yield return await DriveAsync(times, piece, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task<IReadOnlyList<DrivenFrame>> DriveAsync(
        IReadOnlyList<TimeSpan> times, IReadOnlyList<DecodedFrame> piece, CancellationToken cancellationToken)
    {
        Portrait[] found = await Task.WhenAll(piece.SelectMany(frame => frame.Faces).Select(face => face.Portrait)).ConfigureAwait(false);
        if (found.Length == 0)
        {
            return [.. piece.Select(frame => new DrivenFrame(default, new FramePicture(times[frame.Index], frame.Pixels)))];
        }

        using DrivenFaces driven = await context.OnMotionWorkerAsync(
            (worker, cancellation) => new DrivenFaces(
                load(worker, found, options.PasteBack, cutter.Return, cancellation),
                [.. piece.SelectMany(frame => frame.Faces, (frame, face) => (frame.Index, face.Number))],
                driver),
            cancellationToken).ConfigureAwait(false);
        if (options.Observer is { } observer)
        {
            foreach (ReadOnlyMemory<float> keypoints in driven.Keypoints)
            {
                observer.ReceiveDrivingKeypoints(keypoints.Span);
            }
        }

        var result = new List<DrivenFrame>(piece.Count);
        foreach (DecodedFrame frame in piece)
        {
            result.Add(new DrivenFrame(driven.Take(frame.Faces.Count), new FramePicture(times[frame.Index], frame.Pixels)));
        }

        return result;
    }
}
