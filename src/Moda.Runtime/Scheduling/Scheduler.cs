using Moda.Runtime.Sessions;

namespace Moda.Runtime.Scheduling;

/// <summary>
/// Decides what the threads of an engine do next: the earliest due first, whoever's it is, in batches of several clips. A live clip's
/// frames are due when they are shown; an offline clip's next frame is due a second after it was served last, so that live clips go
/// first, offline ones take turns with what is left, and none starves.
/// </summary>
/// <remarks>
/// Its lock is held for decisions only, never while anything computes or a caller's code runs. Clips tell it that something has changed;
/// it looks at them, and they know nothing of each other.
/// </remarks>
internal sealed class Scheduler(EngineClock clock)
{
    /// <summary>How long an offline clip waits for its next frame or segment while live ones need all there is, in seconds.</summary>
    private const double OfflinePatience = 1;

    /// <summary>How much earlier than it must a batch begins that waits for company, in seconds: what other work may delay it by.</summary>
    private const double Margin = 0.02;

    private readonly object gate = new();
    private readonly List<EngineThread> threads = [];
    private readonly List<ClipSession> clips = [];
    private readonly List<SegmentOrder> segments = [];
    private BatchTimes segmentTimes = new(1);
    private BatchTimes frameTimes = new(1);
    private bool stopped;

    /// <summary>The engine's clock.</summary>
    public EngineClock Clock => clock;

    /// <summary>Batches that were rendered, by how many frames they had.</summary>
    public BatchCounts FrameBatches { get; } = new();

    /// <summary>Batches of segments that were sampled, by how many they had.</summary>
    public BatchCounts SegmentBatches { get; } = new();

    /// <summary>What callers of a disposed engine are told.</summary>
    public static ObjectDisposedException EngineDisposed() => new(nameof(TalkingHeadEngine), "The engine has been disposed.");

    /// <summary>Takes a thread in, before it starts.</summary>
    public void Add(EngineThread thread)
    {
        lock (gate)
        {
            threads.Add(thread);
            if (thread.Motion is { } motion)
            {
                segmentTimes = new BatchTimes(motion.MostClips);
            }

            if (thread.Render is { } render)
            {
                frameTimes = new BatchTimes(render.BatchSize);
            }
        }
    }

    /// <summary>Takes a clip in, whose frames are rendered from now on as its motion becomes known.</summary>
    /// <exception cref="ObjectDisposedException">The engine was disposed.</exception>
    public void Add(ClipSession clip)
    {
        lock (gate)
        {
            ThrowIfStopped();
            clips.Add(clip);
        }
    }

    /// <summary>A clip has ended: what only it waits for is not done any more.</summary>
    /// <param name="clip">The clip; its end can be seen.</param>
    /// <param name="reason">Told to whoever awaits its segments.</param>
    public void Remove(ClipSession clip, Exception reason)
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

    /// <summary>Gives a thread a job, which it carries out before anything else.</summary>
    /// <exception cref="ObjectDisposedException">The engine was disposed.</exception>
    public void Submit(EngineThread thread, LaneJob job)
    {
        lock (gate)
        {
            ThrowIfStopped();
            thread.Jobs.Enqueue(job);
            Monitor.PulseAll(gate);
        }
    }

    /// <summary>Asks for a segment.</summary>
    /// <exception cref="ObjectDisposedException">The engine was disposed.</exception>
    public void Submit(SegmentOrder order)
    {
        lock (gate)
        {
            ThrowIfStopped();
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

    /// <summary>Ends the threads after the work at hand, and refuses all other work.</summary>
    public void Stop()
    {
        lock (gate)
        {
            stopped = true;
            segments.ForEach(order => order.Fail(EngineDisposed()));
            segments.Clear();
            foreach (EngineThread thread in threads)
            {
                while (thread.Jobs.TryDequeue(out LaneJob? job))
                {
                    job.Refuse(EngineDisposed());
                }
            }

            Monitor.PulseAll(gate);
        }
    }

    /// <summary>Waits for something to do, and hands it to a thread.</summary>
    public WorkKind Take(EngineThread thread)
    {
        lock (gate)
        {
            while (!stopped)
            {
                if (thread.Jobs.TryDequeue(out LaneJob? job))
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
                if (frames.Start <= now)
                {
                    TakeFrames(thread, now);
                    if (segments.Count > 0)
                    {
                        // A clip may have few frames left now.
                        Monitor.PulseAll(gate);
                    }

                    return WorkKind.Frames;
                }

                double wait = Math.Min(motion.Start, frames.Start) - now;
                Monitor.Wait(gate, double.IsPositiveInfinity(wait) ? Timeout.Infinite : Math.Max(1, (int)(wait * 1000)));
            }

            return WorkKind.None;
        }
    }

    /// <summary>A thread has sampled its segments.</summary>
    public void Sampled(EngineThread thread, double elapsed)
    {
        lock (gate)
        {
            segmentTimes.Add(thread.Segments.Count, elapsed);
            SegmentBatches.Add(thread.Segments.Count);
            thread.Segments.Clear();
        }
    }

    /// <summary>A thread has rendered its frames.</summary>
    /// <param name="thread">The thread.</param>
    /// <param name="elapsed">How long it took, in seconds; null where it failed.</param>
    public void Rendered(EngineThread thread, double? elapsed)
    {
        lock (gate)
        {
            if (elapsed is { } seconds)
            {
                frameTimes.Add(thread.Frames.Count, seconds);
                FrameBatches.Add(thread.Frames.Count);
            }

            thread.Frames.Clear();
        }
    }

    // Chooses the segments of the next batch: the most urgent, and those that can be sampled with it. They are taken once they are handed out.
    private Candidate FindSegments(EngineThread thread, double now)
    {
        if (thread.Motion is not { } lane || segments.Count == 0)
        {
            return Candidate.None;
        }

        segments.Sort((one, other) => DueOf(one).CompareTo(DueOf(other)));
        SegmentOrder first = segments[0];
        thread.Segments.Clear();
        bool isPressed = false;
        foreach (SegmentOrder order in segments)
        {
            if (thread.Segments.Count < lane.MostClips && order.IsLike(first))
            {
                thread.Segments.Add(order);
                isPressed |= order.Clip.IsPressedForMotion;
            }
        }

        double due = DueOf(first);
        int count = thread.Segments.Count;
        if (isPressed || count == lane.MostClips || !MayHaveCompany(thread.Segments))
        {
            return new Candidate(due, now);
        }

        // An offline clip is not pressed as long as it has frames to render; that it has few of them left is seen when one is taken.
        double start = first.Clip.MotionDue is { } shown
            ? shown - segmentTimes.Expect(count) - frameTimes.Expect(1) - (2 * Margin)
            : double.PositiveInfinity;
        return new Candidate(due, start);
    }

    // Whether a clip that is not among some orders will ask for motion yet.
    private bool MayHaveCompany(List<SegmentOrder> orders)
    {
        foreach (ClipSession clip in clips)
        {
            if (clip.NeedsMoreMotion && !orders.Exists(order => order.Clip == clip))
            {
                return true;
            }
        }

        return false;
    }

    private Candidate FindFrames(EngineThread thread, double now)
    {
        if (thread.Render is not { } lane)
        {
            return Candidate.None;
        }

        double due = double.PositiveInfinity;
        int count = 0;
        bool waits = true;
        foreach (ClipSession clip in clips)
        {
            int available = clip.AvailableFrames;
            if (available > 0)
            {
                count += available;
                due = Math.Min(due, clip.FrameDue);
                waits &= clip.IsPlaying;
            }
        }

        return count == 0 ? Candidate.None
            : new Candidate(due, waits && count < lane.BatchSize ? due - frameTimes.Expect(count) - Margin : now);
    }

    // The frame that is due earliest, then the next, and so on: each that is taken makes its clip's next one due later.
    private void TakeFrames(EngineThread thread, double now)
    {
        while (thread.Frames.Count < thread.Render!.BatchSize)
        {
            ClipSession? earliest = null;
            double due = double.PositiveInfinity;
            foreach (ClipSession clip in clips)
            {
                if (clip.AvailableFrames > 0 && clip.FrameDue is var own && (earliest is null || own < due))
                {
                    (earliest, due) = (clip, own);
                }
            }

            if (earliest is null || !earliest.TryTakeFrame(now, OfflinePatience, out ClipFrame frame))
            {
                return;
            }

            thread.Frames.Add(frame);
        }
    }

    // A live clip needs motion when its first frame without it is due. An offline one that has frames left to render can wait.
    private static double DueOf(SegmentOrder order) => order.Clip.MotionDue
        ?? order.Submitted + (order.Clip.AvailableFrames > 0 ? OfflinePatience * 5 : 0);

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
