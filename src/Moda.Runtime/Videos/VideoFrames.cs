using System.Runtime.CompilerServices;
using Moda.Runtime.Faces;
using Moda.Runtime.Imaging;
using Moda.Runtime.Media;
using Moda.Runtime.Options;
using Moda.Runtime.Progress;
using Moda.Runtime.Sessions;
using Moda.Runtime.Workers;

namespace Moda.Runtime.Videos;

/// <summary>
/// The pass over a video in which its frames are made: each frame is decoded again, read by the networks, and driven as a portrait of its
/// own. A few frames at a time are in memory.
/// </summary>
/// <param name="context">What the engine gives its clips.</param>
/// <param name="video">The video.</param>
/// <param name="driver">Where the keypoints of its frames go.</param>
/// <param name="options">How frames are made.</param>
/// <param name="load">Puts a frame on the device, with one lease.</param>
internal sealed class VideoFrames(
    SessionContext context,
    IFaceVideo video,
    IVideoDriver driver,
    GenerationOptions options,
    Func<Portrait, CancellationToken, Task<LoadedPortrait>> load) : IFrameSource
{
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
        int frame = 0;
        VideoPicture last = default;
        await foreach (VideoPicture picture in video.ReadAsync(clip.RentBuffer, cancellationToken).ConfigureAwait(false))
        {
            if (frame == video.Times.Count - 1 && frame < times.Count - 1)
            {
                last = picture with { Pixels = [.. picture.Pixels] };
            }

            yield return [await DriveAsync(frame, times[frame], picture, cancellationToken).ConfigureAwait(false)];
            if (++frame == times.Count)
            {
                yield break;
            }
        }

        // The result goes on behind the video: so does its last frame.
        for (; frame < times.Count; frame++)
        {
            byte[] pixels = clip.RentBuffer();
            last.Pixels.CopyTo(pixels, 0);
            yield return [await DriveAsync(frame, times[frame], last with { Pixels = pixels }, cancellationToken).ConfigureAwait(false)];
        }
    }

    private async Task<DrivenFrame> DriveAsync(int frame, TimeSpan time, VideoPicture picture, CancellationToken cancellationToken)
    {
        if (picture.Landmarks is not { } landmarks)
        {
            return new DrivenFrame(default, new FramePicture(time, picture.Pixels, Portrait: null));
        }

        var portrait = Portrait.OfFrame(new RgbImage(video.Format.Width, video.Format.Height, picture.Pixels), landmarks, video.Framing);
        LoadedPortrait face = await load(portrait, cancellationToken).ConfigureAwait(false);
        try
        {
            ReadOnlyMemory<float> keypoints = await context.OnMotionWorkerAsync(
                (_, _) => driver.Drive(frame, face, landmarks), cancellationToken).ConfigureAwait(false);
            options.Observer?.ReceiveDrivingKeypoints(keypoints.Span);
            return new DrivenFrame(keypoints, new FramePicture(time, picture.Pixels, face));
        }
        catch
        {
            face.Release();
            throw;
        }
    }
}
