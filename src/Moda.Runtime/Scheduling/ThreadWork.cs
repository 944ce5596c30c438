using System.Diagnostics.CodeAnalysis;

namespace Moda.Runtime.Scheduling;

/// <summary>
/// What one thread of an engine has to do: the jobs that wait for it, and its current work. The scheduler writes it under its lock. The thread
/// reads its current work without the lock, since nobody writes it until the thread asks for more.
/// </summary>
/// <param name="mostSegments">Segments that its motion worker samples at once; 0 where it has none.</param>
/// <param name="mostFrames">Frames that its render worker renders at once; 0 where it has none.</param>
[SuppressMessage("Design", "CA1001", Justification = "A cancellation source without a timer or a parent holds nothing that is to be released.")]
internal sealed class ThreadWork(int mostSegments, int mostFrames)
{
    private CancellationTokenSource abandoned = new();

    /// <summary>Segments that it samples at once; 0 where it samples none.</summary>
    public int MostSegments => mostSegments;

    /// <summary>Frames that it renders at once; 0 where it renders none.</summary>
    public int MostFrames => mostFrames;

    /// <summary>Jobs for this thread.</summary>
    public Queue<WorkerJob> Jobs { get; } = new();

    /// <summary>The current job after <see cref="WorkKind.Job"/>.</summary>
    public WorkerJob? Job { get; set; }

    /// <summary>The current segments after <see cref="WorkKind.Segments"/>.</summary>
    public List<SegmentOrder> Segments { get; } = [];

    /// <summary>The current frames after <see cref="WorkKind.Frames"/>.</summary>
    public List<ClipFrame> Frames { get; } = [];

    /// <summary>Ends the current segments or frames at their next op, once all their clips have ended.</summary>
    public CancellationToken Abandoned => abandoned.Token;

    /// <summary>A clip has ended: cancels the current segments or frames where all their clips have ended.</summary>
    public void CancelIfAbandoned()
    {
        bool hasWork = Segments.Count + Frames.Count > 0;
        if (hasWork && Segments.TrueForAll(order => order.Clip.HasEnded) && Frames.TrueForAll(frame => frame.Clip.HasEnded))
        {
            abandoned.Cancel();
        }
    }

    /// <summary>The current work is done.</summary>
    public void Clear()
    {
        Job = null;
        Segments.Clear();
        Frames.Clear();
        if (abandoned.IsCancellationRequested)
        {
            abandoned = new CancellationTokenSource();
        }
    }
}
