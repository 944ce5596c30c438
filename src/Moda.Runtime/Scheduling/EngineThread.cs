using System.Diagnostics.CodeAnalysis;
using Moda.Runtime.Lanes;
using Moda.Runtime.Sessions;

namespace Moda.Runtime.Scheduling;

/// <summary>
/// A thread of an engine that carries out what the scheduler hands it, on lanes that nobody else touches: of motion, of rendering, or of
/// both where one thread has the whole device. Nothing but the engine's own work runs on it, so that no caller can hold it up.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A cancellation source without a timer or a parent holds nothing that is to be released.")]
internal sealed class EngineThread
{
    private readonly Scheduler scheduler;
    private readonly Thread thread;
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CancellationTokenSource abandoned = new();
    private readonly FrameOrder[] orders;

    /// <summary>Prepares a thread.</summary>
    /// <param name="name">What debuggers show.</param>
    /// <param name="scheduler">What hands out work.</param>
    /// <param name="motion">The lane of motion; null for none.</param>
    /// <param name="render">The lane of rendering; null for none.</param>
    public EngineThread(string name, Scheduler scheduler, MotionLane? motion, RenderLane? render)
    {
        this.scheduler = scheduler;
        Motion = motion;
        Render = render;
        orders = new FrameOrder[render?.BatchSize ?? 0];
        thread = new Thread(Work) { IsBackground = true, Name = name };
    }

    /// <summary>The lane of motion; null for none.</summary>
    public MotionLane? Motion { get; }

    /// <summary>The lane of rendering; null for none.</summary>
    public RenderLane? Render { get; }

    /// <summary>Jobs for this thread. The scheduler's.</summary>
    public Queue<LaneJob> Jobs { get; } = new();

    /// <summary>The job at hand. Written by the scheduler when it hands out <see cref="WorkKind.Job"/>.</summary>
    public LaneJob? Job { get; set; }

    /// <summary>The segments at hand. Written by the scheduler when it hands out <see cref="WorkKind.Segments"/>.</summary>
    public List<SegmentOrder> Segments { get; } = [];

    /// <summary>The frames at hand. Written by the scheduler when it hands out <see cref="WorkKind.Frames"/>.</summary>
    public List<ClipFrame> Frames { get; } = [];

    /// <summary>Ends when the thread has ended.</summary>
    public Task Ended => ended.Task;

    /// <summary>Begins to work.</summary>
    public void Start() => thread.Start();

    /// <summary>Ends the work at hand at its next op where nobody wants any of it any more. Called by the scheduler, under its lock.</summary>
    public void CancelIfAbandoned()
    {
        bool hasWork = Segments.Count + Frames.Count > 0;
        if (hasWork && Segments.TrueForAll(order => order.Clip.HasEnded) && Frames.TrueForAll(frame => frame.Clip.HasEnded))
        {
            abandoned.Cancel();
        }
    }

    private void Work()
    {
        try
        {
            for (WorkKind kind = scheduler.Take(this); kind != WorkKind.None; kind = scheduler.Take(this))
            {
                switch (kind)
                {
                    case WorkKind.Job:
                        Job!.Run(this);
                        Job = null;
                        break;
                    case WorkKind.Segments:
                        SampleSegments();
                        break;
                    default:
                        RenderFrames();
                        break;
                }

                if (abandoned.IsCancellationRequested)
                {
                    abandoned = new CancellationTokenSource();
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
        Segments.ForEach(order => order.Clip.Times.Enter(GenerationStage.GeneratingMotion));
        try
        {
            Motion!.Sample([.. Segments.Select(order => order.Segment)], abandoned.Token);
            Segments.ForEach(order => order.Complete());
        }
        catch (Exception failure)
        {
            Segments.ForEach(order => order.Fail(failure));
        }

        Segments.ForEach(order => order.Clip.Times.Leave(GenerationStage.GeneratingMotion));

        scheduler.Sampled(this, scheduler.Clock.Now - start);
    }

    private void RenderFrames()
    {
        double start = scheduler.Clock.Now;
        int count = Frames.Count;
        try
        {
            for (int place = 0; place < count; place++)
            {
                orders[place] = Frames[place].Clip.Prepare(Frames[place]);
            }

            EnterRendering();
            try
            {
                Render!.Render(orders.AsSpan(0, count), abandoned.Token);
            }
            finally
            {
                LeaveRendering();
            }
        }
        catch (Exception failure)
        {
            Frames.ForEach(frame => frame.Clip.Drop(frame, failure));
            scheduler.Rendered(this, elapsed: null);
            return;
        }

        for (int place = 0; place < count; place++)
        {
            ClipFrame frame = Frames[place];
            try
            {
                using (frame.Clip.Times.Measure(GenerationStage.PastingFrames))
                {
                    Render.Finish(place, orders[place], abandoned.Token);
                }

                frame.Clip.Deliver(frame, orders[place].Pixels);
            }
            catch (Exception failure)
            {
                frame.Clip.Drop(frame, failure);
            }
        }

        Array.Clear(orders);
        scheduler.Rendered(this, scheduler.Clock.Now - start);
    }

    private void EnterRendering()
    {
        foreach (ClipFrame frame in Frames)
        {
            frame.Clip.Times.Enter(GenerationStage.RenderingFrames);
        }
    }

    private void LeaveRendering()
    {
        foreach (ClipFrame frame in Frames)
        {
            frame.Clip.Times.Leave(GenerationStage.RenderingFrames);
        }
    }
}
