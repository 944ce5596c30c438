using Moda.Runtime.Audio;
using Moda.Runtime.Imaging;
using Moda.Runtime.Media;
using Moda.Runtime.Options;
using Moda.Runtime.Progress;
using Moda.Runtime.Sessions;

namespace Moda.Runtime;

/// <summary>
/// A portrait that speaks, or a video that is dubbed: the frames of a video, which are made while they are read. They can be read once, by one
/// reader. Motion and frames are made somewhat ahead of the reader; memory does not grow with the clip's length.
/// </summary>
/// <remarks>
/// Nothing is computed before the first frame is asked for. Leaving <c>await foreach</c>, at the end or earlier, ends the clip. Disposing it
/// ends it too, from any thread; a reader that waits then gets an <see cref="ObjectDisposedException"/>. A clip that is never disposed ends
/// when the garbage collector finds it.
/// </remarks>
public sealed class TalkingClip : IAsyncEnumerable<VideoFrame>, IAsyncDisposable
{
    private readonly ClipSession session;
    private readonly IProgress<GenerationProgress>? progress;

    internal TalkingClip(ClipSession session, VideoFormat? format, IProgress<GenerationProgress>? progress)
    {
        this.session = session;
        Format = format ?? new VideoFormat(session.FrameWidth, session.FrameHeight, GenerationOptions.FramesPerSecond);
        this.progress = progress;
    }

    /// <summary>Ends a clip that was never disposed.</summary>
    ~TalkingClip() => session.End(Disposed());

    /// <summary>Size and rate of its frames: 25 in a second, or those of the video that is dubbed.</summary>
    public VideoFormat Format { get; }

    /// <summary>How many frames there are; null while speech that has not been read yet may add some.</summary>
    public int? FrameCount => session.FrameCount;

    /// <summary>How long each stage has been at work so far. A batch that several clips share counts for each of them.</summary>
    internal StageTimes Times => session.Times;

    /// <summary>Bytes of host memory that the clip holds: frame buffers, speech and motion. It holds none of the device.</summary>
    public long HostBytes => session.HostBytes;

    /// <summary>Makes the clip and reads its frames in their order. Once only.</summary>
    /// <param name="cancellationToken">Ends the clip.</param>
    /// <returns>The frames. A frame's pixels are valid until the next frame is asked for; copy them to keep them.</returns>
    /// <exception cref="AudioException">The voice is empty, too short, not finite, or can't be read to its end.</exception>
    /// <exception cref="InvalidOperationException">The clip has been read before.</exception>
    /// <exception cref="ObjectDisposedException">The clip or the engine was disposed.</exception>
    /// <exception cref="OperationCanceledException">The reading was cancelled.</exception>
    public async IAsyncEnumerator<VideoFrame> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        // The reader holds the clip, which would otherwise be collected under it.
        await foreach (VideoFrame frame in new ClipReader(session, progress).ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            yield return frame;
        }

        GC.KeepAlive(this);
    }

    /// <summary>
    /// Ends the clip. After it no read of the voice begins and no progress is reported. A read that ignores its cancellation may still be
    /// running.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        await session.EndAsync(Disposed()).ConfigureAwait(false);
        GC.SuppressFinalize(this);
    }

    private static ObjectDisposedException Disposed() => new(nameof(TalkingClip), "The clip has been disposed.");
}
