using Moda.Runtime.Audio;
using Moda.Runtime.Motion;
using Moda.Runtime.Sampling;
using Moda.Runtime.Scheduling;
using Moda.Runtime.Workers;

namespace Moda.Runtime.Sessions;

/// <summary>What an engine gives its clips: who does their work, and what they need to know of the networks.</summary>
internal sealed record SessionContext
{
    /// <summary>Hands their work to the engine's threads.</summary>
    public required Scheduler Scheduler { get; init; }

    /// <summary>What the thread of the motion worker has to do.</summary>
    public required ThreadWork MotionWork { get; init; }

    /// <summary>The networks over keypoints; for the thread of motion only.</summary>
    public required IStitching Stitching { get; init; }

    /// <summary>What motion is normalised by.</summary>
    public required MotionStatistics Statistics { get; init; }

    /// <summary>Whether the audio encoder wants speech of zero mean and unit variance.</summary>
    public required bool NormalizesSpeech { get; init; }

    /// <summary>What live sessions need to know of the audio encoder.</summary>
    public required LiveEncoder LiveEncoder { get; init; }

    /// <summary>How motion is cut into segments.</summary>
    public required SegmentPlan Segments { get; init; }

    /// <summary>The token of a frame that there is no audio for, [C].</summary>
    public required float[] PaddingToken { get; init; }

    /// <summary>Motion is made while fewer frames than this wait to be rendered.</summary>
    public required int MotionAhead { get; init; }

    /// <summary>An offline clip that has fewer frames than this left to render does not wait for company any more.</summary>
    public required int MotionReserve { get; init; }

    /// <summary>Frames that are rendered at once.</summary>
    public required int FramesPerBatch { get; init; }

    /// <summary>Frames that may be rendered before they are read.</summary>
    public required int FramesAhead { get; init; }

    /// <summary>Has work done on the motion worker.</summary>
    /// <param name="work">What to do.</param>
    /// <param name="cancellationToken">Ends the waiting at once, and the work at its next op.</param>
    public Task<TResult> OnMotionWorkerAsync<TResult>(Func<MotionWorker, CancellationToken, TResult> work, CancellationToken cancellationToken) =>
        Scheduler.RunAsync(MotionWork, (thread, cancellation) => work(thread.Motion!, cancellation), cancellationToken);
}
