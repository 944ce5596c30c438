namespace Moda.Runtime.Sampling;

/// <summary>Samples segments of motion, one at a time for each clip.</summary>
internal interface ISegmentSampler
{
    /// <summary>How clips are cut into segments.</summary>
    SegmentPlan Plan { get; }

    /// <summary>Samples a segment; its motion is written when the task ends.</summary>
    /// <param name="segment">The segment. What it refers to must not change before the task ends.</param>
    /// <param name="cancellationToken">Stops the sampling.</param>
    /// <exception cref="OperationCanceledException">The sampling was cancelled.</exception>
    Task SampleAsync(SegmentInput segment, CancellationToken cancellationToken);
}
