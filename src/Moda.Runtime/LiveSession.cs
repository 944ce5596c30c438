using Moda.Runtime.Audio;
using Moda.Runtime.Imaging;
using Moda.Runtime.Media;
using Moda.Runtime.Options;
using Moda.Runtime.Progress;
using Moda.Runtime.Sessions;

namespace Moda.Runtime;

/// <summary>
/// A portrait that is live: frames for ever, 25 in a second from the first read on, in which it says what is written, and is silent in
/// between. One reader reads the frames; any threads write, interrupt and dispose.
/// </summary>
/// <remarks>
/// A frame is made as late as it may be, so the reader gets it somewhat before it is to be shown. A player shows frame n at n / 25 s after the
/// first and plays the samples that <see cref="LiveFrame.AudioPosition"/> names with it. When nobody reads, nothing is made; the session goes on
/// from there when it is read again. An engine that is too slow gives fewer frames in a second and skips none. Leaving <c>await foreach</c>
/// ends the session, as disposing it does; one that is never disposed ends when the garbage collector finds it.
/// </remarks>
/// <example>
/// <code>
/// await using LiveSession session = engine.OpenLive(portrait);
/// Task playing = PlayAsync(session);                       // await foreach (LiveFrame frame in session) ...
/// await foreach (ReadOnlyMemory&lt;float&gt; block in answer) // 16 kHz, from a synthesizer or a microphone
/// {
///     await session.WriteAsync(block);
/// }
/// session.EndUtterance();
/// </code>
/// </example>
public sealed class LiveSession : IAsyncEnumerable<LiveFrame>, IAsyncDisposable
{
    private readonly ClipSession session;
    private readonly LiveMotion motion;

    internal LiveSession(ClipSession session, LiveMotion motion)
    {
        this.session = session;
        this.motion = motion;
        Format = new VideoFormat(session.FrameWidth, session.FrameHeight, GenerationOptions.FramesPerSecond);
    }

    /// <summary>Ends a session that was never disposed.</summary>
    ~LiveSession() => session.End(Disposed());

    /// <summary>Size and rate of its frames.</summary>
    public VideoFormat Format { get; }

    /// <summary>How long each stage has been at work so far. A batch that several clips share counts for each of them.</summary>
    internal StageTimes Times => session.Times;

    /// <summary>Bytes of host memory that the session holds; they do not grow with time.</summary>
    public long HostBytes => session.HostBytes;

    /// <summary>Writes speech behind what was written before. The first samples are seen soon after the session has enough of them.</summary>
    /// <param name="speech">
    /// Mono samples at 16 kHz (<see cref="Waveform.SampleRate"/>), full scale -1..1, any number of them; they are copied.
    /// <see cref="AudioInput.FromSamples"/> brings other rates to this one.
    /// </param>
    /// <param name="cancellationToken">Ends the waiting for room; samples that were taken by then are spoken.</param>
    /// <returns>
    /// Ends when all samples are taken: at once as long as no more than <see cref="LiveOptions.Buffer"/> waits to be spoken. An interruption
    /// drops the rest of them.
    /// </returns>
    /// <exception cref="AudioException">A sample is not finite.</exception>
    /// <exception cref="ObjectDisposedException">The session has ended.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public ValueTask WriteAsync(ReadOnlyMemory<float> speech, CancellationToken cancellationToken = default) =>
        motion.Speech.WriteAsync(speech, cancellationToken);

    /// <summary>
    /// Says that what was written is complete, so that its end is not waited for: the mouth closes after it. Without it, speech that stops coming
    /// is taken as complete after half a second.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The session has ended.</exception>
    public void EndUtterance() => motion.Speech.EndUtterance();

    /// <summary>
    /// Drops what was written and is not on its way to the reader: the mouth closes within a few frames, and what is written next is spoken at
    /// once. The answer to a listener who barges in.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The session has ended.</exception>
    public void Interrupt() => motion.Speech.Interrupt();

    /// <summary>Reads the frames in their order. Once only.</summary>
    /// <param name="cancellationToken">Ends the session.</param>
    /// <returns>Frames without end. A frame's pixels are valid until the next frame is asked for; copy them to keep them.</returns>
    /// <exception cref="InvalidOperationException">The session has been read before.</exception>
    /// <exception cref="ObjectDisposedException">The session or the engine was disposed.</exception>
    /// <exception cref="OperationCanceledException">The reading was cancelled.</exception>
    public async IAsyncEnumerator<LiveFrame> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        await foreach (VideoFrame frame in new ClipReader(session, progress: null).ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            yield return new LiveFrame(frame, motion.TakePosition(frame.Index));
        }

        // The reader holds the session, which would otherwise be collected under it.
        GC.KeepAlive(this);
    }

    /// <summary>Ends the session. Writers and the reader that wait get an <see cref="ObjectDisposedException"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        await session.EndAsync(Disposed()).ConfigureAwait(false);
        GC.SuppressFinalize(this);
    }

    private static ObjectDisposedException Disposed() => new(nameof(LiveSession), "The live session has been disposed.");
}
