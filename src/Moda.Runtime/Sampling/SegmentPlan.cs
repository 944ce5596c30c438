namespace Moda.Runtime.Sampling;

/// <summary>How long motion is cut into segments: each begins with frames that the one before it has generated too.</summary>
/// <param name="Length">Frames of a segment; more than 16.</param>
internal readonly record struct SegmentPlan(int Length)
{
    private const int LongestOverlap = 16;

    /// <summary>Frames that neighbouring segments share.</summary>
    public int Overlap => Math.Min(LongestOverlap, Length - LongestOverlap);

    /// <summary>Frames from the start of a segment to the start of the next.</summary>
    public int Stride => Length - Overlap;

    /// <summary>The segments that some frames need.</summary>
    /// <param name="frames">At least 1.</param>
    public int Count(int frames) => frames <= Length ? 1 : (frames - Length + Stride - 1) / Stride + 1;
}
