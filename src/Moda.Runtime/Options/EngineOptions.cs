namespace Moda.Runtime.Options;

/// <summary>How an engine uses its device.</summary>
public sealed record EngineOptions
{
    /// <summary>The most that a timer takes.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(int.MaxValue);

    /// <summary>
    /// Frames of any clips that are rendered at once: 1 to 64; null for 8 on a GPU and 1 on a CPU. Larger batches are faster and take more
    /// memory. With 1 a single frame comes soonest, but a GPU that serves many clips reaches a third of its speed. Kernels are chosen for
    /// this number, whatever the number of frames in a batch: a clip's bytes do not depend on other clips, but they do depend on this option.
    /// </summary>
    public int? FramesPerBatch { get; init; }

    /// <summary>Segments of motion that are sampled at once, each for another clip: 1, 2, 4, 8 or 16; null for 8 on a GPU and 1 on a CPU.</summary>
    public int? SegmentsPerBatch { get; init; }

    /// <summary>
    /// Live clips that are admitted at one time. Null for as many as <see cref="TalkingHeadEngine.WarmUpAsync"/> finds possible; until it
    /// has run, no live clip is admitted.
    /// </summary>
    public int? LiveClips { get; init; }

    /// <summary>How long disposal waits for the work that is running before it gives up; up to 24 days.</summary>
    public TimeSpan DisposalTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Workers that render side by side; null for 2 on a GPU and 1, which makes motion too, on a CPU.</summary>
    internal int? RenderWorkers { get; init; }

    /// <summary>The time by which live clips and sessions are due.</summary>
    internal TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Throws where an option is out of range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    internal void Validate()
    {
        if (FramesPerBatch is { } frames)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(frames, 1, nameof(FramesPerBatch));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(frames, 64, nameof(FramesPerBatch));
        }

        if (SegmentsPerBatch is { } segments && segments is not (1 or 2 or 4 or 8 or 16))
        {
            throw new ArgumentOutOfRangeException(nameof(SegmentsPerBatch), segments, "It must be 1, 2, 4, 8 or 16.");
        }

        if (LiveClips is { } clips)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(clips, nameof(LiveClips));
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(DisposalTimeout, TimeSpan.Zero, nameof(DisposalTimeout));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(DisposalTimeout, LongestWait, nameof(DisposalTimeout));
    }
}
