using Moda.Runtime.Sampling;

namespace Moda.Runtime.Scheduling;

/// <summary>A segment of motion that a clip waits for.</summary>
/// <param name="clip">The clip.</param>
/// <param name="segment">What to sample.</param>
/// <param name="submitted">When it was asked for, in seconds of the engine's clock.</param>
internal sealed class SegmentOrder(IEngineClip clip, SegmentInput segment, double submitted)
{
    // The awaiting code continues on the thread pool, so that it never holds up the worker's thread.
    private readonly TaskCompletionSource result = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The clip.</summary>
    public IEngineClip Clip => clip;

    /// <summary>What to sample.</summary>
    public SegmentInput Segment => segment;

    /// <summary>When it was asked for.</summary>
    public double Submitted => submitted;

    /// <summary>When it is due, as the scheduler saw it last; written under its lock.</summary>
    public double Due { get; set; }

    /// <summary>Ends when the segment's motion is written.</summary>
    public Task Result => result.Task;

    /// <summary>Whether segments can be sampled in one batch: those of one kind.</summary>
    public bool IsLike(SegmentOrder other) => SamplingKind.Of(segment) == SamplingKind.Of(other.Segment);

    /// <summary>The motion is written.</summary>
    public void Complete() => result.TrySetResult();

    /// <summary>It could not be sampled.</summary>
    /// <param name="reason">What the awaiting code gets as its exception.</param>
    public void Fail(Exception reason)
    {
        // The clip may await it no more: then it must not be reported as a failure that nobody has seen.
        result.TrySetException(reason);
        _ = result.Task.Exception;
    }
}
