using Moda.Runtime.Sampling;
using Moda.Runtime.Scheduling;

namespace Moda.Runtime.Sessions;

/// <summary>Has a clip's segments sampled by the engine, in batches with those of other clips.</summary>
/// <param name="context">What the engine gives its clips.</param>
/// <param name="clip">The clip.</param>
internal sealed class ScheduledSampler(SessionContext context, ClipSession clip) : ISegmentSampler
{
    /// <inheritdoc/>
    public SegmentPlan Plan => context.Segments;

    /// <inheritdoc/>
    public Task SampleAsync(SegmentInput segment, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var order = new SegmentOrder(clip, segment, context.Scheduler.Clock.Now);
        context.Scheduler.Submit(order);
        return order.Result.WaitAsync(cancellationToken);
    }
}
