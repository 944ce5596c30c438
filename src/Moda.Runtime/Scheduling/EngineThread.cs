using Moda.Runtime.Progress;
using Moda.Runtime.Sampling;
using Moda.Runtime.Workers;

namespace Moda.Runtime.Scheduling;

/// <summary>
/// A thread of an engine that carries out what the scheduler hands it. It has a motion worker, a render worker, or both where one thread has
/// the whole device; no other thread touches them. Only the engine's own work runs on it, so that no caller can hold it up. A failure ends
/// the clips that it concerns, never the thread.
/// </summary>
internal sealed class EngineThread
{
    private readonly Scheduler scheduler;
    private readonly Thread thread;
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // The frames of a batch that could be prepared, and how each is made.
    private readonly ClipFrame[] frames;
    private readonly FrameOrder[] orders;

    // Of the batch that was rendered last: where it begins, and how its frames are pasted.
    private readonly Pasting[] pastings;
    private readonly Action<int> pasteBeside;
    private int firstFrame;

    /// <summary>Prepares a thread.</summary>
    /// <param name="name">What debuggers show.</param>
    /// <param name="scheduler">What hands out work.</param>
    /// <param name="motion">The motion worker; null for none.</param>
    /// <param name="render">The render worker; null for none.</param>
    public EngineThread(string name, Scheduler scheduler, MotionWorker? motion, RenderWorker? render)
    {
        this.scheduler = scheduler;
        Motion = motion;
        Render = render;
        Work = new ThreadWork(motion?.MostClips ?? 0, render?.BatchSize ?? 0);
        frames = new ClipFrame[Work.MostFrames];
        orders = new FrameOrder[Work.MostFrames];
        pastings = new Pasting[Work.MostFrames];
        pasteBeside = place =>
        {
            if (pastings[place] == Pasting.Beside)
            {
                Paste(place);
            }
        };
        thread = new Thread(Run) { IsBackground = true, Name = name };
    }

    /// <summary>The motion worker; null for none.</summary>
    public MotionWorker? Motion { get; }

    /// <summary>The render worker; null for none.</summary>
    public RenderWorker? Render { get; }

    /// <summary>What it has to do.</summary>
    public ThreadWork Work { get; }

    /// <summary>Ends when the thread has ended.</summary>
    public Task Ended => ended.Task;

    /// <summary>Begins to work.</summary>
    public void Start() => thread.Start();

    private void Run()
    {
        try
        {
            for (WorkKind kind = scheduler.Take(Work); kind != WorkKind.None; kind = scheduler.Take(Work))
            {
                switch (kind)
                {
                    case WorkKind.Job:
                        Work.Job!.Run(this);
                        break;
                    case WorkKind.Segments:
                        SampleSegments();
                        break;
                    default:
                        RenderFrames();
                        break;
                }
            }
        }
        finally
        {
            ended.SetResult();
        }
    }

    private void SampleSegments()
    {
        double start = scheduler.Clock.Now;
        SegmentOrder[] segments = [.. Work.Segments];
        Exception? failure = TrySample(segments);
        if (failure is not null)
        {
            // One bad segment must not end the other clips, so each segment is sampled alone.
            foreach (SegmentOrder order in segments)
            {
                if ((segments.Length == 1 ? failure : TrySample(order)) is { } own)
                {
                    order.Fail(own);
                }
            }
        }

        scheduler.Sampled(Work, failure is null ? scheduler.Clock.Now - start : null);
    }

    private Exception? TrySample(params ReadOnlySpan<SegmentOrder> segments)
    {
        var inputs = new SegmentInput[segments.Length];
        for (int place = 0; place < inputs.Length; place++)
        {
            inputs[place] = segments[place].Segment;
            segments[place].Clip.Times.Enter(GenerationStage.GeneratingMotion);
        }

        Exception? failure = null;
        try
        {
            Motion!.Sample(inputs, Work.Abandoned);
        }
        catch (Exception exception)
        {
            failure = exception;
        }

        foreach (SegmentOrder order in segments)
        {
            order.Clip.Times.Leave(GenerationStage.GeneratingMotion);
            if (failure is null)
            {
                order.Complete();
            }
        }

        return failure;
    }

    private void RenderFrames()
    {
        double start = scheduler.Clock.Now;
        int count = PrepareFrames();
        Exception? failure = TryRender(0, count);
        if (failure is not null)
        {
            // One bad frame must not end the other clips, so each frame is rendered alone.
            for (int place = 0; place < count; place++)
            {
                if ((count == 1 ? failure : TryRender(place, 1)) is { } own)
                {
                    frames[place].Clip.Drop(frames[place], own);
                }
            }
        }

        scheduler.Rendered(Work, failure is null && count == Work.Frames.Count ? scheduler.Clock.Now - start : null);
        Array.Clear(frames);
        Array.Clear(orders);
    }

    private int PrepareFrames()
    {
        int count = 0;
        foreach (ClipFrame frame in Work.Frames)
        {
            try
            {
                orders[count] = frame.Clip.Prepare(frame);
                frames[count++] = frame;
            }
            catch (Exception failure)
            {
                frame.Clip.Drop(frame, failure);
            }
        }

        return count;
    }

    // Renders some of the frames and gives them to their clips, or none.
    private Exception? TryRender(int first, int count)
    {
        if (count == 0)
        {
            return null;
        }

        for (int place = first; place < first + count; place++)
        {
            frames[place].Clip.Times.Enter(GenerationStage.RenderingFrames);
        }

        Exception? failure = null;
        try
        {
            Render!.Render(orders.AsSpan(first, count), Work.Abandoned);
        }
        catch (Exception exception)
        {
            failure = exception;
        }

        for (int place = first; place < first + count; place++)
        {
            frames[place].Clip.Times.Leave(GenerationStage.RenderingFrames);
        }

        if (failure is null)
        {
            FinishFrames(first, count);
        }

        return failure;
    }

    // What comes to the host finished is delivered at once. Frames of videos are then pasted beside each other, others one by one.
    private void FinishFrames(int first, int count)
    {
        firstFrame = first;
        int beside = 0;
        for (int place = 0; place < count; place++)
        {
            pastings[place] = Read(place);
            beside += pastings[place] == Pasting.Beside ? 1 : 0;
        }

        if (beside > 1)
        {
            Parallel.For(0, count, pasteBeside);
        }

        for (int place = 0; place < count; place++)
        {
            if (pastings[place] == Pasting.Alone || (pastings[place] == Pasting.Beside && beside == 1))
            {
                Paste(place);
            }
        }
    }

    // Reads a frame, and says how it is to be pasted.
    private Pasting Read(int place)
    {
        ref readonly ClipFrame frame = ref frames[firstFrame + place];
        ref readonly FrameOrder order = ref orders[firstFrame + place];
        bool isFinished;
        try
        {
            using (frame.Clip.Times.Measure(GenerationStage.PastingFrames))
            {
                isFinished = Render!.Read(place, order);
            }
        }
        catch (Exception failure)
        {
            frame.Clip.Drop(frame, failure);
            return Pasting.None;
        }

        if (!isFinished)
        {
            return RenderWorker.PastesBesideOthers(order) ? Pasting.Beside : Pasting.Alone;
        }

        frame.Clip.Deliver(frame, order.Pixels);
        return Pasting.None;
    }

    private void Paste(int place)
    {
        ref readonly ClipFrame frame = ref frames[firstFrame + place];
        ref readonly FrameOrder order = ref orders[firstFrame + place];
        try
        {
            using (frame.Clip.Times.Measure(GenerationStage.PastingFrames))
            {
                Render!.Paste(place, order, Work.Abandoned);
            }
        }
        catch (Exception failure)
        {
            frame.Clip.Drop(frame, failure);
            return;
        }

        frame.Clip.Deliver(frame, order.Pixels);
    }

    /// <summary>How a frame that was read is to be pasted.</summary>
    private enum Pasting
    {
        /// <summary>It is finished, or has failed.</summary>
        None,

        /// <summary>Beside other frames.</summary>
        Beside,

        /// <summary>While no other is.</summary>
        Alone,
    }
}
