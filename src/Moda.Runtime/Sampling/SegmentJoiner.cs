using System.Runtime.InteropServices;
using Moda.Runtime.Motion;

namespace Moda.Runtime.Sampling;

/// <summary>
/// Joins segments of motion to one sequence (<c>MotionDiffusion.sample</c>): the pose of each is smoothed, and where two overlap, the
/// earlier fades into the later.
/// </summary>
internal sealed class SegmentJoiner
{
    private const int Width = MotionLayout.Width;

    private readonly SegmentPlan plan;
    private readonly float[] previousMotion = new float[Width];
    private readonly List<float> frames = [];

    /// <summary>Begins a sequence.</summary>
    /// <param name="plan">How segments overlap.</param>
    /// <param name="previousMotion">[70]: the frame that the first segment goes on from.</param>
    public SegmentJoiner(SegmentPlan plan, ReadOnlySpan<float> previousMotion)
    {
        this.plan = plan;
        previousMotion.CopyTo(this.previousMotion);
    }

    /// <summary>The frame that the next segment goes on from, [70].</summary>
    public ReadOnlySpan<float> PreviousMotion => previousMotion;

    /// <summary>Adds the next segment.</summary>
    /// <param name="segment">[frames, 70]; its pose is smoothed in place.</param>
    public void Add(Span<float> segment)
    {
        PoseSmoothing.Apply(segment);
        segment.Slice((plan.Stride - 1) * Width, Width).CopyTo(previousMotion);
        int overlap = frames.Count == 0 ? 0 : plan.Overlap * Width;
        Span<float> tail = CollectionsMarshal.AsSpan(frames)[^overlap..];
        for (int i = 0; i < overlap; i++)
        {
            float share = (float)(i / Width) / plan.Overlap;
            tail[i] = tail[i] * (1 - share) + segment[i] * share;
        }

        frames.AddRange(segment[overlap..]);
    }

    /// <summary>Ends the sequence: cuts it, and smooths the pose once more.</summary>
    /// <param name="count">Frames that it shall have; those behind were generated for padding.</param>
    public MotionSequence Complete(int count)
    {
        float[] motion = [.. frames[..(count * Width)]];
        PoseSmoothing.Apply(motion);
        return new MotionSequence(motion);
    }
}
