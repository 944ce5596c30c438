using System.Diagnostics.CodeAnalysis;
using Moda.Runtime.Options;
using Moda.Runtime.Progress;
using Moda.Runtime.Scheduling;
using Moda.Runtime.Workers;

namespace Moda.Runtime.Sessions;

/// <summary>
/// A clip while it is made: its motion comes from a task of its own, the engine's threads take its frames and bring them back, one reader
/// takes them in their order. It holds a lease of each of its portraits until nobody works on them any more. Nothing is computed before
/// <see cref="StartAsync"/>.
/// </summary>
/// <remarks>
/// Everything that changes is guarded by the clip's own lock, which is never held while another's is taken, while anything computes or a
/// caller's code runs.
/// </remarks>
/// <param name="context">What the engine gives its clips.</param>
/// <param name="portraits">The portraits, all of one picture, each with a lease for this clip.</param>
/// <param name="source">Where its frames come from.</param>
/// <param name="options">How it is made.</param>
/// <param name="progress">Told how far the motion has come, on the clip's task; null where nobody is told.</param>
/// <param name="slot">The place among live clips that it takes; null for a clip that is not live.</param>
/// <param name="released">Called once, when nobody works on it any more.</param>
[SuppressMessage("Design", "CA1001", Justification = "A cancellation source without a timer or a parent holds nothing that is to be released.")]
internal sealed partial class ClipSession(
    SessionContext context,
    IReadOnlyList<LoadedPortrait> portraits,
    IFrameSource source,
    GenerationOptions options,
    IProgress<GenerationProgress>? progress,
    LiveSlot? slot,
    Action<ClipSession> released) : IEngineClip
{
    private readonly Lock gate = new();
    private readonly Scheduler scheduler = context.Scheduler;
    private readonly MotionQueue queue = new(options.Observer?.Frames, source.FramesAhead);
    private readonly FrameWindow window = new(options.FramesAhead ?? context.FramesAhead);
    private readonly FrameBuffers buffers = new(portraits[0].Portrait, options.PasteBack);
    private readonly ClipPace pace = new(options.Pace == Pace.Live);
    private readonly CancellationTokenSource stop = new();

    // Frames of which some faces are pasted and the next may be taken.
    private readonly Queue<ClipFrame> unfinished = new();

    // How many may still touch the portraits: the clip itself until it ends, its motion, and each frame that is being rendered.
    private int users = 1;
    private Task moving = Task.CompletedTask;
    private bool isBegun;
    private volatile bool hasEnded;

    /// <summary>Columns of a frame.</summary>
    public int FrameWidth => buffers.Width;

    /// <summary>Rows of a frame.</summary>
    public int FrameHeight => buffers.Height;

    /// <inheritdoc/>
    public StageTimes Times => source.Times;

    /// <inheritdoc/>
    public bool IsLive => pace.IsLive;

    /// <inheritdoc/>
    public bool HasEnded => hasEnded;

    /// <summary>How many frames there are; null where the length of the speech is not known before it has been read.</summary>
    public int? FrameCount
    {
        get
        {
            lock (gate)
            {
                return queue.IsComplete ? queue.Known : source.FrameCount;
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
                return window.BufferBytes + queue.ByteLength + source.HostBytes;
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
                return !hasEnded && !queue.IsComplete && !source.HasAllMotion;
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
                return IsLive ? !pace.IsPlaying : queue.Count < context.MotionReserve;
            }
        }
    }

    /// <summary>Claims the clip for one reader. It comes before anything that ends the clip, so that a second reader disturbs nobody.</summary>
    /// <exception cref="InvalidOperationException">The clip has a reader already.</exception>
    public void Begin()
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

    /// <summary>
    /// Starts the motion, as soon as a live clip has its place. Nothing is started of a clip that has ended: its reader then finds out why.
    /// </summary>
    public async Task StartAsync()
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
            pace.Begin(scheduler.Clock.Now);
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

    /// <summary>Reads the next frame where it is ready.</summary>
    /// <param name="frame">The frame; it is given back by <see cref="Return"/>.</param>
    /// <returns>Whether there is one, or will be after <see cref="ArrivalAsync"/>.</returns>
    public FrameRead Read(out RenderedFrame frame)
    {
        lock (gate)
        {
            FrameRead read = window.Read(out frame);
            if (read == FrameRead.Frame)
            {
                pace.Play(scheduler.Clock.Now);
            }

            return read;
        }
    }

    /// <summary>Says when the first frame is due, before it is read.</summary>
    /// <param name="from">Seconds of the engine's clock.</param>
    public void Play(double from)
    {
        lock (gate)
        {
            pace.Play(from);
        }
    }

    /// <summary>When a frame of a live clip is due, in seconds of the engine's clock.</summary>
    /// <param name="frame">Its number.</param>
    public double DueOf(int frame)
    {
        lock (gate)
        {
            return pace.DueOf(frame);
        }
    }

    /// <summary>Makes all frames due later.</summary>
    /// <param name="seconds">By how much.</param>
    public void Postpone(double seconds)
    {
        lock (gate)
        {
            pace.Postpone(seconds);
        }
    }

    /// <summary>Waits until there is something to read. Called once after each <see cref="FrameRead.Later"/>.</summary>
    public ValueTask ArrivalAsync() => window.ArrivalAsync();

    /// <summary>A frame was read and its pixels are not needed any more.</summary>
    public void Return(in RenderedFrame frame)
    {
        bool isWhole;
        lock (gate)
        {
            window.Return(frame.Pixels);
            PassOnFinished();
            isWhole = !hasEnded && IsWhole;
        }

        if (isWhole)
        {
            End(failure: null);
        }

        scheduler.Signal();
    }

    /// <summary>Ends the clip, if it has not ended: no more of its work begins, and its reader gets the reason.</summary>
    /// <param name="failure">Why; null where it is whole.</param>
    public void End(Exception? failure)
    {
        DrivenFrame[] dropped;
        lock (gate)
        {
            if (hasEnded)
            {
                return;
            }

            hasEnded = true;

            // What a caller's voice does when it is cancelled runs elsewhere. The motion sees that it is cancelled before it is woken.
            _ = stop.CancelAsync();
            dropped = [.. queue.Clear(), .. unfinished.Select(frame => frame.Driven)];
            unfinished.Clear();
            window.Complete(failure);
        }

        foreach (DrivenFrame frame in dropped)
        {
            frame.Release();
        }

        source.End(failure);
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

    private async Task MoveAsync()
    {
        try
        {
            await foreach (IReadOnlyList<DrivenFrame> piece in source.GenerateAsync(this, progress, stop.Token).ConfigureAwait(false))
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
    private Task Add(IReadOnlyList<DrivenFrame> piece)
    {
        lock (gate)
        {
            if (!hasEnded)
            {
                Task room = queue.Add(piece);
                PassOnFinished();
                return room;
            }
        }

        foreach (DrivenFrame frame in piece)
        {
            frame.Release();
        }

        return Task.CompletedTask;
    }

    // What is shown as it is takes its place among the others without a worker. Under the lock.
    private void PassOnFinished()
    {
        while (!hasEnded && queue.IsNextFinished && window.Room > 0)
        {
            (int index, DrivenFrame driven) = queue.Take();
            window.Finish(window.Take(), new RenderedFrame(index, driven.Picture!.Timestamp, driven.Picture.Pixels));
        }
    }

    private TimeSpan TimestampOf(int index, FramePicture? picture) => picture?.Timestamp ?? source.FramesPerSecond.TimestampOf(index);

    private bool IsWhole => queue.IsComplete && queue.Count == 0 && window.IsSettled;

    private void Release()
    {
        if (Interlocked.Decrement(ref users) == 0)
        {
            slot?.Leave();
            foreach (LoadedPortrait portrait in portraits)
            {
                portrait.Release();
            }

            released(this);
        }
    }
}
