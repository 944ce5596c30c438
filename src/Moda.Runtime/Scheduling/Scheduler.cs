namespace Moda.Runtime.Scheduling;

/// <summary>
/// Decides what the threads of an engine do next. Work that is due earliest comes first, whichever clip it belongs to, in batches of several
/// clips. A live clip's frames are due when they are shown. An offline clip's next frame is due a second after the one before it was taken.
/// So live clips go first, offline clips take turns with what is left, and none starves.
/// </summary>
/// <remarks>
/// Its lock is held for decisions only, never while anything computes or a caller's code runs. Clips tell it that something has changed, and
/// it looks at them. They change while it decides, so it asks each of them only once for a value that it compares.
/// </remarks>
internal sealed partial class Scheduler(EngineClock clock)
{
    /// <summary>How long an offline clip waits for its next frame or segment while live ones need all there is, in seconds.</summary>
    public const double OfflinePatience = 1;

    /// <summary>How much earlier than it must a batch begins that waits for company, in seconds: what other work may delay it by.</summary>
    private const double Margin = 0.02;

    /// <summary>
    /// By how much earlier an offline clip is due whose patience has ended, in seconds: more than any engine lives. Live clips that have
    /// fallen behind would else keep it waiting for as long as they are late.
    /// </summary>
    private const double PatienceEnded = 1e9;

    private readonly object gate = new();
    private readonly List<ThreadWork> threads = [];
    private readonly List<IEngineClip> clips = [];
    private readonly List<SegmentOrder> segments = [];
    private BatchTimes segmentTimes = new(1);
    private BatchTimes frameTimes = new(1);
    private bool stopped;

    /// <summary>The engine's clock.</summary>
    public EngineClock Clock => clock;

    /// <summary>What callers of a disposed engine are told.</summary>
    public static ObjectDisposedException EngineDisposed() => new("TalkingHeadEngine", "The engine has been disposed.");

    /// <summary>Takes a thread in, before it starts.</summary>
    public void Add(ThreadWork thread)
    {
        lock (gate)
        {
            threads.Add(thread);
            segmentTimes = thread.MostSegments > 0 ? new BatchTimes(thread.MostSegments) : segmentTimes;
            frameTimes = thread.MostFrames > 0 ? new BatchTimes(thread.MostFrames) : frameTimes;
        }
    }

    /// <summary>Takes a clip in, whose frames are rendered from now on as its motion becomes known.</summary>
    /// <exception cref="ObjectDisposedException">The engine was disposed.</exception>
    public void Add(IEngineClip clip)
    {
        lock (gate)
        {
            ThrowIfStopped();
            clips.Add(clip);
        }
    }

    /// <summary>A clip has ended: what only it waits for is not done any more.</summary>
    /// <param name="clip">The clip; its end can be seen.</param>
    /// <param name="reason">What the code that awaits its segments gets as its exception.</param>
    public void Remove(IEngineClip clip, Exception reason)
    {
        lock (gate)
        {
            clips.Remove(clip);
            for (int index = segments.Count - 1; index >= 0; index--)
            {
                if (segments[index].Clip == clip)
                {
                    segments[index].Fail(reason);
                    segments.RemoveAt(index);
                }
            }

            threads.ForEach(thread => thread.CancelIfAbandoned());
            Monitor.PulseAll(gate);
        }
    }

    /// <summary>Has a thread do some work before anything else.</summary>
    /// <param name="thread">The thread.</param>
    /// <param name="work">What it does with its workers.</param>
    /// <param name="cancellationToken">Ends the waiting at once, and the work at its next op.</param>
    /// <returns>Ends with the work, or as soon as it is cancelled or refused.</returns>
    /// <exception cref="ObjectDisposedException">The engine was disposed.</exception>
    public Task<TResult> RunAsync<TResult>(ThreadWork thread, Func<EngineThread, CancellationToken, TResult> work, CancellationToken cancellationToken)
    {
        var job = new WorkerJob<TResult>(work, cancellationToken);
        lock (gate)
        {
            ThrowIfStopped();
            thread.Jobs.Enqueue(job);
            Monitor.PulseAll(gate);
        }

        return job.Result;
    }

    /// <summary>Asks for a segment; of a clip that has ended it is refused.</summary>
    /// <exception cref="ObjectDisposedException">The engine was disposed.</exception>
    public void Submit(SegmentOrder order)
    {
        lock (gate)
        {
            ThrowIfStopped();
            if (order.Clip.HasEnded)
            {
                // It was removed already, or is about to be: nobody would fail this order any more.
                order.Fail(new OperationCanceledException("The clip has ended."));
                return;
            }

            segments.Add(order);
            Monitor.PulseAll(gate);
        }
    }

    /// <summary>A clip has more frames to render, or more room for them.</summary>
    public void Signal()
    {
        lock (gate)
        {
            Monitor.PulseAll(gate);
        }
    }

    /// <summary>Refuses all work and ends the threads after their current work. A job that is running ends at its next op.</summary>
    public void Stop()
    {
        lock (gate)
        {
            stopped = true;
            segments.ForEach(order => order.Fail(EngineDisposed()));
            segments.Clear();
            foreach (ThreadWork thread in threads)
            {
                thread.Job?.Refuse(EngineDisposed());
                while (thread.Jobs.TryDequeue(out WorkerJob? job))
                {
                    job.Refuse(EngineDisposed());
                }
            }

            Monitor.PulseAll(gate);
        }
    }

    /// <summary>Waits for something to do and hands it to a thread, whose work before that is done.</summary>
    public WorkKind Take(ThreadWork thread)
    {
        lock (gate)
        {
            thread.Clear();
            while (true)
            {
                WorkKind kind = TryTake(thread, out double wait);
                if (kind != WorkKind.Later)
                {
                    return kind;
                }

                Monitor.Wait(gate, double.IsPositiveInfinity(wait) ? Timeout.Infinite : Math.Max(1, (int)(wait * 1000)));
            }
        }
    }

    /// <summary>Hands work to a thread that has none, if some should begin now.</summary>
    /// <param name="thread">The thread.</param>
    /// <param name="wait">After <see cref="WorkKind.Later"/>: seconds until something should begin, if nothing changes before.</param>
    public WorkKind TryTake(ThreadWork thread, out double wait)
    {
        lock (gate)
        {
            wait = 0;
            if (stopped)
            {
                return WorkKind.None;
            }

            if (thread.Jobs.TryDequeue(out WorkerJob? job))
            {
                thread.Job = job;
                return WorkKind.Job;
            }

            double now = clock.Now;
            Candidate motion = FindSegments(thread, now);
            Candidate frames = FindFrames(thread, now);
            bool prefersMotion = motion.Due <= frames.Due;
            if (motion.Start <= now && (prefersMotion || frames.Start > now))
            {
                thread.Segments.ForEach(order => segments.Remove(order));
                return WorkKind.Segments;
            }

            thread.Segments.Clear();
            if (frames.Start <= now && TakeFrames(thread, now))
            {
                if (segments.Count > 0)
                {
                    // A clip may have few frames left now.
                    Monitor.PulseAll(gate);
                }

                return WorkKind.Frames;
            }

            wait = Math.Max(0, Math.Min(motion.Start, frames.Start) - now);
            return WorkKind.Later;
        }
    }

    /// <summary>A thread has sampled its segments.</summary>
    /// <param name="thread">The thread.</param>
    /// <param name="elapsed">How long it took, in seconds; null where it failed.</param>
    public void Sampled(ThreadWork thread, double? elapsed)
    {
        lock (gate)
        {
            Count(thread.Segments.Count, elapsed, segmentTimes, SegmentBatches);
        }
    }

    /// <summary>A thread has rendered its frames.</summary>
    /// <param name="thread">The thread.</param>
    /// <param name="elapsed">How long it took, in seconds; null where it failed.</param>
    public void Rendered(ThreadWork thread, double? elapsed)
    {
        lock (gate)
        {
            Count(thread.Frames.Count, elapsed, frameTimes, FrameBatches);
        }
    }

    private static void Count(int size, double? elapsed, BatchTimes times, BatchCounts counts)
    {
        if (elapsed is { } seconds)
        {
            times.Add(size, seconds);
            counts.Add(size);
        }
    }

    // Chooses the segments of the next batch: the most urgent, and those that can be sampled with it. They are taken once they are handed out.
    private Candidate FindSegments(ThreadWork thread, double now)
    {
        if (thread.MostSegments == 0 || segments.Count == 0)
        {
            return Candidate.None;
        }

        segments.ForEach(order => order.Due = DueOf(order, now));
        segments.Sort((one, other) => one.Due.CompareTo(other.Due));
        SegmentOrder first = segments[0];
        bool isPressed = false;
        foreach (SegmentOrder order in segments)
        {
            if (thread.Segments.Count < thread.MostSegments && order.IsLike(first))
            {
                thread.Segments.Add(order);
                isPressed |= order.Clip.IsPressedForMotion;
            }
        }

        int count = thread.Segments.Count;
        if (isPressed || count == thread.MostSegments || !MayHaveCompany(thread.Segments))
        {
            return new Candidate(first.Due, now);
        }

        // An offline clip is not pressed as long as it has frames to render; that it has few of them left is seen when one is taken.
        double start = first.Clip.IsLive ? first.Due - segmentTimes.Expect(count) - frameTimes.Expect(1) - (2 * Margin) : double.PositiveInfinity;
        return new Candidate(first.Due, start);
    }

    // Whether a clip that is not among some orders will ask for motion yet.
    private bool MayHaveCompany(List<SegmentOrder> orders)
    {
        foreach (IEngineClip clip in clips)
        {
            if (clip.NeedsMoreMotion && !orders.Exists(order => order.Clip == clip))
            {
                return true;
            }
        }

        return false;
    }

    private Candidate FindFrames(ThreadWork thread, double now)
    {
        if (thread.MostFrames == 0)
        {
            return Candidate.None;
        }

        double due = double.PositiveInfinity;
        int count = 0;
        bool waits = true;
        foreach (IEngineClip clip in clips)
        {
            int available = clip.AvailableFrames;
            if (available > 0)
            {
                count += available;
                due = Math.Min(due, FrameDueOf(clip, now));
                waits &= clip.IsPlaying;
            }
        }

        return count == 0 ? Candidate.None
            : new Candidate(due, waits && count < thread.MostFrames ? due - frameTimes.Expect(count) - Margin : now);
    }

    // The frame that is due earliest, then the next, and so on: each that is taken makes its clip's next one due later. Clips may end
    // meanwhile, so that there may be none.
    private bool TakeFrames(ThreadWork thread, double now)
    {
        while (thread.Frames.Count < thread.MostFrames)
        {
            IEngineClip? earliest = null;
            double due = double.PositiveInfinity;
            foreach (IEngineClip clip in clips)
            {
                if (clip.AvailableFrames > 0 && FrameDueOf(clip, now) is var own && (earliest is null || own < due))
                {
                    (earliest, due) = (clip, own);
                }
            }

            if (earliest is null)
            {
                break;
            }

            if (earliest.TryTakeFrame(now, OfflinePatience, out ClipFrame frame))
            {
                // Of clips that are due at one moment, the one that was served longest ago stands first.
                clips.Remove(earliest);
                clips.Add(earliest);
                thread.Frames.Add(frame);
            }
        }

        return thread.Frames.Count > 0;
    }

    private static double FrameDueOf(IEngineClip clip, double now)
    {
        double due = clip.FrameDue;
        return clip.IsLive || due > now ? due : due - PatienceEnded;
    }

    // A live clip needs motion when its first frame without it is due. An offline one that has frames left to render can wait.
    private static double DueOf(SegmentOrder order, double now)
    {
        if (order.Clip.MotionDue is { } live)
        {
            return live;
        }

        double due = order.Submitted + (order.Clip.AvailableFrames > 0 ? OfflinePatience * 5 : 0);
        return due + OfflinePatience > now ? due : due - PatienceEnded;
    }

    private void ThrowIfStopped()
    {
        if (stopped)
        {
            throw EngineDisposed();
        }
    }

    /// <summary>Work that could be done.</summary>
    /// <param name="Due">When the first part of it is due.</param>
    /// <param name="Start">When it should begin; until then it waits for company.</param>
    private readonly record struct Candidate(double Due, double Start)
    {
        public static Candidate None => new(double.PositiveInfinity, double.PositiveInfinity);
    }
}
