using System.Collections.Concurrent;
using Moda.Runtime.Options;
using Moda.Runtime.Sampling;

namespace Moda.Runtime.Planning;

/// <summary>How the frames of a clip are made, as far as it decides what they take.</summary>
/// <param name="PasteBack">How faces are put back.</param>
/// <param name="Width">Columns of a frame.</param>
/// <param name="Height">Rows of a frame.</param>
internal readonly record struct FrameKind(PasteBackMode PasteBack, int Width, int Height);

/// <summary>What an engine has measured so far, and by what. Several threads may use it.</summary>
internal sealed class MeasuredCosts
{
    private readonly ConcurrentDictionary<SamplingKind, (RunCost Cost, PlanSource Source)> segments = new();
    private readonly ConcurrentDictionary<FrameKind, (FrameCost Cost, PlanSource Source)> frames = new();
    private readonly ConcurrentDictionary<int, RunCost> pieces = new();

    /// <summary>A segment of a kind; null where it was not measured.</summary>
    public (RunCost Cost, PlanSource Source)? Segment(SamplingKind kind) => segments.TryGetValue(kind, out var known) ? known : null;

    /// <summary>A frame of a kind; null where it was not measured.</summary>
    public (FrameCost Cost, PlanSource Source)? Frame(FrameKind kind) => frames.TryGetValue(kind, out var known) ? known : null;

    /// <summary>A piece of voice; null where it was not measured.</summary>
    /// <param name="length">Its length in frames.</param>
    public RunCost? Piece(int length) => pieces.TryGetValue(length, out RunCost known) ? known : null;

    /// <summary>Keeps what a segment took. What it took first is known to nobody who asks later: by then the engine has done it.</summary>
    public void Add(SamplingKind kind, RunCost cost, PlanSource source) => segments[kind] = (new RunCost(cost.Seconds), source);

    /// <summary>Keeps what a frame took.</summary>
    public void Add(FrameKind kind, FrameCost cost, PlanSource source) => frames[kind] = (cost with { FirstUse = default }, source);

    /// <summary>Keeps what a piece of voice took.</summary>
    public void Add(int length, RunCost cost) => pieces[length] = new RunCost(cost.Seconds);
}
