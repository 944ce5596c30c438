using Moda.Runtime.Motion;
using Moda.Runtime.Sampling;
using Xunit;

namespace Moda.Runtime.Tests.Sampling;

public sealed class SegmentTests
{
    private const int Width = MotionLayout.Width;

    private static readonly SegmentPlan Plan = new(80);

    [Theory]
    [InlineData(1, 1)]
    [InlineData(80, 1)]
    [InlineData(81, 2)]
    [InlineData(144, 2)]
    [InlineData(145, 3)]
    [InlineData(150, 3)]
    public void Segments_reach_to_the_last_frame(int frames, int segments) => Assert.Equal(segments, Plan.Count(frames));

    [Fact]
    public void Overlaps_fade_from_the_earlier_to_the_later()
    {
        var joiner = new SegmentJoiner(Plan, new float[Width]);

        joiner.Add(Constant(1));
        joiner.Add(Constant(17));
        MotionSequence motion = joiner.Complete(100);

        Assert.Equal(100, motion.Frames);
        Assert.Equal(1, motion[63][0]);
        for (int k = 0; k < 16; k++)
        {
            Assert.Equal(1 + k, motion[64 + k][0], 1e-5f);
        }

        Assert.Equal(17, motion[80][0]);
    }

    [Fact]
    public void The_next_segment_goes_on_from_the_frame_before_the_overlap()
    {
        var joiner = new SegmentJoiner(Plan, Constant(3).AsSpan(0, Width));
        Assert.Equal(3, joiner.PreviousMotion.Span[5]);
        float[] segment = new float[80 * Width];
        segment.AsSpan(63 * Width, Width).Fill(6);

        joiner.Add(segment);

        // The expression is taken as it is, the pose as the mean with its neighbours.
        Assert.Equal(6, joiner.PreviousMotion.Span[MotionLayout.Scale - 1]);
        Assert.Equal(2, joiner.PreviousMotion.Span[MotionLayout.Scale]);
    }

    [Fact]
    public void Frames_taken_as_they_are_finished_are_those_of_the_whole()
    {
        const int Count = 200;
        var whole = new SegmentJoiner(Plan, new float[Width]);
        var pieces = new SegmentJoiner(Plan, new float[Width]);
        var taken = new List<MotionSequence>();
        for (ulong number = 0; number < 3; number++)
        {
            float[] segment = new float[80 * Width];
            new PhiloxNormal(Seed: 4, number).Fill(segment);
            whole.Add(segment.AsSpan().ToArray());
            pieces.Add(segment);
            if (number < 2)
            {
                taken.Add(pieces.TakeFinished());
            }
        }

        taken.Add(pieces.Complete(Count));

        Assert.Equal([63, 64, Count - 127], taken.Select(piece => piece.Frames));
        Assert.Equal(whole.Complete(Count).Values, MotionSequence.Join(taken).Values);
    }

    private static float[] Constant(float value)
    {
        float[] segment = new float[80 * Width];
        segment.AsSpan().Fill(value);
        return segment;
    }
}
