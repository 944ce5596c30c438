namespace Moda.Runtime;

/// <summary>How an engine uses its device.</summary>
public sealed record EngineOptions
{
    /// <summary>The most that a timer takes.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(int.MaxValue);

    /// <summary>
    /// Frames that are rendered at once, of any clips: 1 to 64; null for 8 on a GPU and 1 on a CPU. Kernels are chosen for this number, so
    /// that a frame has the same bytes in any company; another number gives other roundings. More is faster and takes more memory; 1 gives
    /// a single frame soonest, and an engine for many clips a third of its speed on a GPU.
    /// </summary>
    public int? FramesPerBatch { get; init; }

    /// <summary>Segments of motion that are sampled at once, each of another clip: 1, 2, 4, 8 or 16; null for 8 on a GPU and 1 on a CPU.</summary>
    public int? SegmentsPerBatch { get; init; }

    /// <summary>
    /// Live clips that are admitted at one time; null for what <see cref="TalkingHeadEngine.WarmUpAsync"/> measures, before which none is.
    /// </summary>
    public int? LiveClips { get; init; }

    /// <summary>How long disposal waits for the work at hand before it gives up: up to 24 days.</summary>
    public TimeSpan DisposalTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Lanes that render side by side; null for 2 on a GPU and 1, which makes motion too, on a CPU.</summary>
    internal int? RenderLanes { get; init; }

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
