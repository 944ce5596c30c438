using System.Runtime.InteropServices;
using Moda.Runtime.Motion;

namespace Moda.Runtime.Sampling;

/// <summary>
/// Joins segments of motion to one sequence (<c>MotionDiffusion.sample</c>): the pose of each is smoothed, and where two overlap, the
/// earlier fades into the later; then the pose of the whole is smoothed once more. Frames can be taken as soon as they are final.
/// </summary>
internal sealed class SegmentJoiner
{
    private const int Width = MotionLayout.Width;

    private readonly SegmentPlan plan;
    private readonly float[] previousMotion = new float[Width];

    // From the last frame that was taken on.
    private readonly List<float> frames = [];
    private int segments;
    private int taken;

    /// <summary>Begins a sequence.</summary>
    /// <param name="plan">How segments overlap.</param>
    /// <param name="previousMotion">[70]: the frame that the first segment goes on from.</param>
    public SegmentJoiner(SegmentPlan plan, ReadOnlySpan<float> previousMotion)
    {
        this.plan = plan;
        previousMotion.CopyTo(this.previousMotion);
    }

    /// <summary>The frame that the next segment goes on from, [70].</summary>
    public ReadOnlyMemory<float> PreviousMotion => previousMotion;

    /// <summary>Adds the next segment.</summary>
    /// <param name="segment">[frames, 70]; its pose is smoothed in place.</param>
    public void Add(Span<float> segment)
    {
        PoseSmoothing.Apply(segment);
        segment.Slice((plan.Stride - 1) * Width, Width).CopyTo(previousMotion);
        int overlap = segments == 0 ? 0 : plan.Overlap * Width;
        Span<float> tail = CollectionsMarshal.AsSpan(frames)[^overlap..];
        for (int i = 0; i < overlap; i++)
        {
            float share = (float)(i / Width) / plan.Overlap;
            tail[i] = tail[i] * (1 - share) + segment[i] * share;
        }

        frames.AddRange(segment[overlap..]);
        segments++;
    }

    /// <summary>
    /// Takes the frames that no later segment changes: those before the overlap with the next, but for one, whose pose waits for its
    /// neighbour.
    /// </summary>
    public MotionSequence TakeFinished() => Take(segments * plan.Stride - 1, isFollowed: true);

    /// <summary>Ends the sequence.</summary>
    /// <param name="count">The frames to keep; those after them were generated for padding.</param>
    /// <returns>The frames that were not taken yet.</returns>
    public MotionSequence Complete(int count) => Take(count, isFollowed: false);

    // Smooths the pose of the frames from the last one taken up to an end, with one neighbour on either side.
    private MotionSequence Take(int end, bool isFollowed)
    {
        int first = Math.Max(taken - 1, 0);
        float[] motion = [.. frames[..((end - first + (isFollowed ? 1 : 0)) * Width)]];
        PoseSmoothing.Apply(motion);
        var result = new MotionSequence(motion[((taken - first) * Width)..((end - first) * Width)]);
        frames.RemoveRange(0, (end - 1 - first) * Width);
        taken = end;
        return result;
    }
}
