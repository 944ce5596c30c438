using Moda.Runtime.Audio;
using Moda.Runtime.Options;
using Moda.Runtime.Planning;
using Moda.Runtime.Sampling;
using Xunit;

namespace Moda.Runtime.Tests.Planning;

/// <summary>Schedules from costs that are easy to add up: a piece takes 1 s, a segment 2 s, a frame 1, 10 or 1000 ms.</summary>
public sealed class ClipScheduleTests
{
    // 9.6 s: 240 frames, of which 80 + 64 + 64 + 64 are enough; pieces of 4, 4 and 1.6 s.
    private static readonly ClipLength Length = ClipLength.Of(
        TimeSpan.FromSeconds(9.6),
        new AudioPreparation(new AudioPreparationOptions { Silence = SilenceMode.None, PieceDuration = TimeSpan.FromSeconds(4) }),
        new SegmentPlan(80));

    [Fact]
    public void A_clip_that_streams_begins_after_one_piece_and_one_segment()
    {
        ClipSchedule schedule = ClipSchedule.Of(Length, Costs(frame: 0.001), StreamingObstacles.None);

        // Two pieces and three segments are left: 8 s.
        Assert.Equal(3 + 0.016, schedule.FirstFrame, 6);
        Assert.Equal(3 + 8 + 0.24, schedule.Total, 6);
        Assert.Equal(StreamingObstacles.None, schedule.Obstacles);
    }

    [Fact]
    public void With_an_obstacle_all_motion_comes_before_the_first_frame()
    {
        ClipSchedule schedule = ClipSchedule.Of(Length, Costs(frame: 0.01), StreamingObstacles.AddedSilence);

        Assert.Equal(3 + 8 + 0.16, schedule.FirstFrame, 6);
        Assert.Equal(3 + 8 + 2.4, schedule.Total, 6);
        Assert.Equal(StreamingObstacles.AddedSilence, schedule.Obstacles);
    }

    [Fact]
    public void Slow_frames_are_an_obstacle_and_first_uses_are_counted_once()
    {
        ClipSchedule schedule = ClipSchedule.Of(Length, Costs(frame: 1), StreamingObstacles.None);

        Assert.Equal(StreamingObstacles.SlowerThanShown, schedule.Obstacles);
        Assert.Equal(new StageSeconds(3, 8, 192, 48), schedule.Stages);
        Assert.Equal(new StageSeconds(0.75, 0.375, 4, 1), schedule.FirstUse);
    }

    private static ClipCosts Costs(double frame) => new(
        // The first length of pieces is run twice, the second once: it is never recorded.
        [(2, new RunCost(1, 0.25, 0.25)), (1, new RunCost(1, 0.25, 0.5))],
        new RunCost(2, 0.25, 0.125),
        new FrameCost(frame, 0.8 * frame, 0.2 * frame, new StageSeconds(0, 0, 4, 1)),
        FramesUntilFirst: 16);
}
