using Moda.Runtime.Audio;
using Moda.Runtime.Imaging;
using Moda.Runtime.Media;
using Moda.Runtime.Options;
using Moda.Runtime.Processes;
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
    private readonly ClipSound? sound;
    private readonly IProgress<GenerationProgress>? progress;

    internal TalkingClip(ClipSession session, VideoFormat? format, ClipSound? sound, IProgress<GenerationProgress>? progress)
    {
        this.session = session;
        this.sound = sound;
        Format = format ?? new VideoFormat(session.FrameWidth, session.FrameHeight, GenerationOptions.FramesPerSecond);
        this.progress = progress;
    }

    /// <summary>Ends a clip that was never disposed.</summary>
    ~TalkingClip() => session.End(Disposed());

    /// <summary>Size and rate of its frames: 25 in a second, or those of the video that is dubbed.</summary>
    public VideoFormat Format { get; }

    /// <summary>
    /// How many frames there are: from the start where the voice is a <see cref="SoundTrack"/>, its <see cref="SoundTrack.OpenSpeech"/> or a
    /// <see cref="Waveform"/>, or where motion drives the clip. Null until it is known: with a reader of your own until its end has been read
    /// and the motion for it is there, with a video that is dubbed until all lips have their motion.
    /// </summary>
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
    /// Makes the clip and writes it into a file, with the voice as its sound where it is known: a <see cref="SoundTrack"/> or a
    /// <see cref="Waveform"/>. Once only. For other sounds and containers open a <see cref="VideoOutput"/> and write the frames to it.
    /// </summary>
    /// <param name="path">The video, as <see cref="VideoOutput"/> takes it: .mp4, .m4v, .mov, .mkv, .y4m or a folder of PNG files.</param>
    /// <param name="options">How the output treats what is there; null for the defaults, which replace nothing.</param>
    /// <param name="cancellationToken">Ends the clip; nothing is left of the file then.</param>
    /// <exception cref="VideoFileException">The output cannot be written, may not be replaced, or has an unknown ending.</exception>
    /// <exception cref="FfmpegNotFoundException">ffmpeg is needed and missing.</exception>
    /// <exception cref="FfmpegException">ffmpeg has no encoder that works.</exception>
    /// <inheritdoc cref="GetAsyncEnumerator" path="/exception"/>
    public async Task SaveAsync(string path, VideoOutputOptions? options = null, CancellationToken cancellationToken = default)
    {
        VideoOutput output = await VideoOutput.PrepareAsync(path, options, cancellationToken).ConfigureAwait(false);
        await using (output.ConfigureAwait(false))
        {
            await using ClipSound.Lease heard = await ClipSound.OpenAsync(sound, cancellationToken).ConfigureAwait(false);
            IVideoSink sink = await output.OpenAsync(Format, heard.Track, cancellationToken).ConfigureAwait(false);
            await using (sink.ConfigureAwait(false))
            {
                await foreach (VideoFrame frame in this.WithCancellation(cancellationToken).ConfigureAwait(false))
                {
                    await sink.WriteAsync(frame, cancellationToken).ConfigureAwait(false);
                }

                await sink.CompleteAsync(cancellationToken).ConfigureAwait(false);
            }
        }
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
