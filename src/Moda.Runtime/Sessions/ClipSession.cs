using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Moda.Runtime.Faces;
using Moda.Runtime.Imaging;
using Moda.Runtime.Lanes;
using Moda.Runtime.Media;
using Moda.Runtime.Scheduling;

namespace Moda.Runtime.Sessions;

/// <summary>
/// A clip while it is made: its motion comes from a task of its own, the engine's threads take its frames and bring them back, one reader
/// takes them in their order. It holds a lease of its portrait until nobody works on it any more.
/// </summary>
/// <remarks>
/// Everything that changes is guarded by the clip's own lock, which is never held while another's is taken, while anything computes or a
/// caller's code runs.
/// </remarks>
[SuppressMessage("Design", "CA1001", Justification = "A cancellation source without a timer or a parent holds nothing that is to be released.")]
internal sealed class ClipSession : IEngineClip
{
    private readonly Lock gate = new();
    private readonly Scheduler scheduler;
    private readonly LoadedPortrait portrait;
    private readonly GenerationOptions options;
    private readonly IProgress<GenerationProgress>? progress;
    private readonly ClipMotion motion;
    private readonly MotionQueue queue;
    private readonly FrameWindow window;
    private readonly CancellationTokenSource stop = new();
    private readonly LiveSlot? slot;
    private readonly Action<ClipSession> released;
    private readonly int motionAhead;
    private readonly int motionReserve;

    // Whoever may still touch the portrait: the clip itself until it ends, its motion, each frame that is being rendered.
    private int users = 1;
    private Task moving = Task.CompletedTask;
    private TaskCompletionSource? waitsForMotionRoom;
    private double offlineDue;
    private double? playedFrom;
    private bool isBegun;
    private volatile bool hasEnded;

    /// <summary>Describes a clip; nothing is computed before <see cref="ReadAsync"/>.</summary>
    /// <param name="context">What the engine gives its clips.</param>
    /// <param name="portrait">The portrait, with a lease for this clip.</param>
    /// <param name="motion">Where its motion comes from.</param>
    /// <param name="options">How it is made.</param>
    /// <param name="progress">Told how far it has come, on the tasks of the clip and its reader; null for nobody.</param>
    /// <param name="slot">The place among live clips that it takes; null for a clip that is not live.</param>
    /// <param name="released">Called once, when nobody works on it any more.</param>
    public ClipSession(
        SessionContext context,
        LoadedPortrait portrait,
        ClipMotion motion,
        GenerationOptions options,
        IProgress<GenerationProgress>? progress,
        LiveSlot? slot,
        Action<ClipSession> released)
    {
        scheduler = context.Scheduler;
        motionAhead = context.MotionAhead;
        motionReserve = context.MotionReserve;
        this.portrait = portrait;
        this.motion = motion;
        this.options = options;
        this.progress = progress;
        this.slot = slot;
        this.released = released;
        queue = new MotionQueue(options.Observer?.Frames);
        window = new FrameWindow(options.FramesAhead ?? context.FramesAhead);
        bool pasted = options.PasteBack != PasteBackMode.None;
        FrameWidth = pasted ? portrait.Portrait.Image.Width : FaceCrop.SourceSize;
        FrameHeight = pasted ? portrait.Portrait.Image.Height : FaceCrop.SourceSize;
    }

    /// <summary>Columns of a frame.</summary>
    public int FrameWidth { get; }

    /// <summary>Rows of a frame.</summary>
    public int FrameHeight { get; }

    /// <inheritdoc/>
    public StageTimes Times => motion.Times;

    /// <inheritdoc/>
    public bool IsLive => options.Pace == Pace.Live;

    /// <inheritdoc/>
    public bool HasEnded => hasEnded;

    /// <summary>How many frames there are; null while speech that has not been read yet may add some.</summary>
    public int? FrameCount
    {
        get
        {
            lock (gate)
            {
                return queue.IsComplete ? queue.Known : null;
            }
        }
    }

    /// <summary>Bytes of host memory that the clip holds: frame buffers and its share of speech and motion.</summary>
    public long HostBytes
    {
        get
        {
            lock (gate)
            {
                return window.BufferBytes + (queue.Count * Motion.MotionLayout.KeypointLength * sizeof(float)) + motion.HostBytes;
            }
        }
    }

    /// <inheritdoc/>
    public bool IsPlaying => IsLive && playedFrom is not null;

    /// <inheritdoc/>
    public int AvailableFrames
    {
        get
        {
            lock (gate)
            {
                return hasEnded ? 0 : Math.Min(queue.Count, window.Room);
            }
        }
    }

    /// <inheritdoc/>
    public double FrameDue
    {
        get
        {
            lock (gate)
            {
                return IsLive ? DueOf(queue.Count > 0 ? queue.Next : queue.Known) : offlineDue;
            }
        }
    }

    /// <inheritdoc/>
    public double? MotionDue
    {
        get
        {
            lock (gate)
            {
                return IsLive ? DueOf(queue.Known) : null;
            }
        }
    }

    /// <summary>Whether it has not asked for all of its motion.</summary>
    public bool NeedsMoreMotion
    {
        get
        {
            lock (gate)
            {
                return !hasEnded && !queue.IsComplete;
            }
        }
    }

    /// <summary>
    /// Whether the next segment should be sampled at once: a live clip is about to begin, or an offline one has hardly a frame left to render.
    /// </summary>
    public bool IsPressedForMotion
    {
        get
        {
            lock (gate)
            {
                return IsLive ? playedFrom is null : queue.Count < motionReserve;
            }
        }
    }

    /// <summary>Makes the clip and reads its frames. Once only.</summary>
    /// <param name="cancellationToken">Ends the clip.</param>
    /// <returns>The frames. A frame's pixels are valid until the next frame is asked for.</returns>
    public async IAsyncEnumerable<VideoFrame> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Begin();
        CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(
            state => ((ClipSession)state!).End(new OperationCanceledException(cancellationToken)), this);
        await using ConfiguredAsyncDisposable unregistering = registration.ConfigureAwait(false);
        try
        {
            await StartAsync().ConfigureAwait(false);
            for (FrameRead read = Read(out RenderedFrame frame); read != FrameRead.End; read = Read(out frame))
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (read == FrameRead.Later)
                {
                    await window.ArrivalAsync().ConfigureAwait(false);
                    continue;
                }

                progress?.Report(new GenerationProgress(GenerationStage.RenderingFrames, frame.Index + 1, FrameCount ?? 0));
                yield return new VideoFrame(
                    frame.Index,
                    TimeSpan.FromSeconds((double)frame.Index / Audio.AudioPreparation.FramesPerSecond),
                    FrameWidth,
                    FrameHeight,
                    frame.Pixels);
                Return(frame);
            }
        }
        finally
        {
            await EndAsync(new OperationCanceledException("The clip was left before its end.")).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public bool TryTakeFrame(double now, double patience, out ClipFrame frame)
    {
        frame = default;
        TaskCompletionSource? waiting = null;
        lock (gate)
        {
            if (hasEnded || queue.Count == 0 || window.Room == 0)
            {
                return false;
            }

            (int index, ReadOnlyMemory<float> keypoints) = queue.Take();
            frame = new ClipFrame(this, window.Take(), index, keypoints);
            offlineDue = now + patience;
            Interlocked.Increment(ref users);
            if (queue.Count < motionAhead)
            {
                (waiting, waitsForMotionRoom) = (waitsForMotionRoom, null);
            }
        }

        waiting?.SetResult();
        return true;
    }

    /// <inheritdoc/>
    public FrameOrder Prepare(in ClipFrame frame)
    {
        byte[]? pixels;
        lock (gate)
        {
            pixels = window.Rent();
        }

        if (pixels is null)
        {
            pixels = CreateBuffer();
            lock (gate)
            {
                window.CountBuffer(pixels);
            }
        }

        return new FrameOrder(frame.Index, portrait, frame.Driving, options.PasteBack, pixels, options.Observer);
    }

    /// <inheritdoc/>
    public void Deliver(in ClipFrame frame, byte[] pixels)
    {
        bool isWhole;
        lock (gate)
        {
            window.Finish(frame.Place, new RenderedFrame(frame.Index, pixels));
            isWhole = IsWhole;
        }

        if (isWhole)
        {
            End(failure: null);
        }

        Release();
    }

    /// <inheritdoc/>
    public void Drop(in ClipFrame frame, Exception failure)
    {
        End(failure);
        Release();
    }

    /// <summary>Ends the clip where it has not ended: nothing of it is begun any more, and its reader is told.</summary>
    /// <param name="failure">Why; null where it is whole.</param>
    public void End(Exception? failure)
    {
        TaskCompletionSource? waiting;
        lock (gate)
        {
            if (hasEnded)
            {
                return;
            }

            hasEnded = true;
            queue.Clear();
            window.Complete(failure);
            (waiting, waitsForMotionRoom) = (waitsForMotionRoom, null);
        }

        // What a caller's voice does when it is cancelled runs elsewhere.
        _ = stop.CancelAsync();
        waiting?.SetResult();
        scheduler.Remove(this, failure ?? new OperationCanceledException("The clip has ended."));
        Release();
    }

    /// <summary>Ends the clip, and waits until its motion does not read the voice any more.</summary>
    /// <param name="failure">Why.</param>
    public async Task EndAsync(Exception failure)
    {
        End(failure);
        Task ending;
        lock (gate)
        {
            ending = moving;
        }

        await ending.ConfigureAwait(false);
    }

    // Before anything that ends the clip, so that whoever reads it already is not disturbed.
    private void Begin()
    {
        lock (gate)
        {
            if (isBegun)
            {
                throw new InvalidOperationException("A clip is read once; ask the engine for another one to read it again.");
            }

            isBegun = true;
        }
    }

    // Of a clip that has ended before, nothing is started: its reader finds out why it has ended.
    private async Task StartAsync()
    {
        try
        {
            await (slot?.EnterAsync(stop.Token) ?? Task.CompletedTask).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (hasEnded)
        {
            return;
        }

        lock (gate)
        {
            offlineDue = scheduler.Clock.Now;
        }

        scheduler.Add(this);
        bool isOver;
        lock (gate)
        {
            isOver = hasEnded;
            if (!isOver)
            {
                Interlocked.Increment(ref users);
                moving = Task.Run(MoveAsync);
            }
        }

        if (isOver)
        {
            scheduler.Remove(this, new OperationCanceledException("The clip has ended."));
        }
    }

    private async Task MoveAsync()
    {
        try
        {
            await foreach (Motion.DrivingKeypoints piece in motion.GenerateAsync(this, progress, stop.Token).ConfigureAwait(false))
            {
                Task room = Add(piece);
                scheduler.Signal();
                await room.ConfigureAwait(false);
                stop.Token.ThrowIfCancellationRequested();
            }

            bool isWhole;
            lock (gate)
            {
                queue.Complete();
                isWhole = IsWhole;
            }

            if (isWhole)
            {
                End(failure: null);
            }
        }
        catch (Exception failure)
        {
            End(failure);
        }
        finally
        {
            Release();
        }
    }

    // Ends when the next piece may be made.
    private Task Add(Motion.DrivingKeypoints piece)
    {
        lock (gate)
        {
            if (!hasEnded)
            {
                queue.Add(piece);
            }

            if (hasEnded || queue.Count < motionAhead)
            {
                return Task.CompletedTask;
            }

            waitsForMotionRoom = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return waitsForMotionRoom.Task;
        }
    }

    private FrameRead Read(out RenderedFrame frame)
    {
        lock (gate)
        {
            FrameRead read = window.Read(out frame);
            playedFrom ??= read == FrameRead.Frame ? scheduler.Clock.Now : null;
            return read;
        }
    }

    private void Return(in RenderedFrame frame)
    {
        lock (gate)
        {
            window.Return(frame.Pixels);
        }

        scheduler.Signal();
    }

    private bool IsWhole => queue.IsComplete && queue.Count == 0 && window.IsSettled;

    private double DueOf(int frame) =>
        playedFrom is { } start ? start + ((double)frame / Audio.AudioPreparation.FramesPerSecond) : double.NegativeInfinity;

    // A frame's buffer holds the portrait where frames show it.
    private byte[] CreateBuffer()
    {
        byte[] frame = GC.AllocateUninitializedArray<byte>(FrameWidth * FrameHeight * RgbImage.Channels);
        if (options.PasteBack != PasteBackMode.None)
        {
            portrait.Portrait.Image.Pixels.CopyTo(frame, 0);
        }

        return frame;
    }

    private void Release()
    {
        if (Interlocked.Decrement(ref users) == 0)
        {
            slot?.Leave();
            portrait.Release();
            released(this);
        }
    }
}
