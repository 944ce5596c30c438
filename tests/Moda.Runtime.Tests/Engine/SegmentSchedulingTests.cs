using Moda.Runtime.Scheduling;
using Xunit;

namespace Moda.Runtime.Tests.Engine;

/// <summary>Which segments the scheduler samples together, and when.</summary>
public sealed class SegmentSchedulingTests : SchedulingTests
{
    private const double SegmentSeconds = 0.03;

    [Fact]
    public void Segments_of_unlike_kinds_are_not_mixed()
    {
        FakeClip clip = Clip();
        SegmentOrder[] orders = [Order(clip, 4), Order(clip, 2), Order(clip, 4, guidance: 1), Order(clip, 4, emotionScale: 3), Order(clip, 4), Order(clip, 2), Order(clip, 4, emotionScale: 8)];

        Assert.Equal(WorkKind.Segments, Sample());
        Assert.Equal([orders[0], orders[4]], sampling.Segments.OrderBy(order => order.Submitted));
        Assert.Equal(WorkKind.Segments, Sample());
        Assert.Equal([orders[1], orders[5]], sampling.Segments.OrderBy(order => order.Submitted));
        Assert.Equal(WorkKind.Segments, Sample());
        Assert.Equal([orders[2]], sampling.Segments);
        Assert.Equal(WorkKind.Segments, Sample());
        Assert.Equal([orders[3], orders[6]], sampling.Segments.OrderBy(order => order.Submitted));
        Assert.Equal(WorkKind.Later, Sample());
    }

    [Fact]
    public void A_live_segment_is_taken_first_and_waits_for_company_only_when_it_can()
    {
        FakeClip offline = Clip(available: 1);
        FakeClip live = Clip(isLive: true, playedFrom: 1);
        Clip(isLive: true, playedFrom: 0).NeedsMoreMotion = true;
        SegmentOrder urgent = Order(live, steps: 2);

        Assert.Equal(WorkKind.Later, Sample());
        SegmentOrder other = Order(offline, steps: 4);
        Assert.Equal(WorkKind.Later, Sample());
        time.Advance(1);

        Assert.Equal(WorkKind.Segments, Sample());
        Assert.Equal([urgent], sampling.Segments);
        offline.AvailableFrames = 0;
        Assert.Equal(WorkKind.Segments, Sample());
        Assert.Equal([other], sampling.Segments);
    }

    [Fact]
    public void A_segment_that_nobody_will_join_begins_at_once()
    {
        SegmentOrder live = Order(Clip(isLive: true, playedFrom: 1), steps: 2);
        Clip(available: 1).NeedsMoreMotion = false;

        Assert.Equal(WorkKind.Segments, Sample());
        Assert.Equal([live], sampling.Segments);
    }

    [Fact]
    public void Offline_segments_wait_for_company_until_a_clip_has_hardly_a_frame_left()
    {
        FakeClip first = Clip(available: 2);
        FakeClip second = Clip(available: 2);
        second.NeedsMoreMotion = true;
        SegmentOrder waiting = Order(first, steps: 2);

        time.Advance(0.5);
        Assert.Equal(WorkKind.Later, Sample());
        SegmentOrder company = Order(second, steps: 2);

        Assert.Equal(WorkKind.Segments, Sample());
        Assert.Equal([waiting, company], sampling.Segments.OrderBy(order => order.Submitted));
        SegmentOrder pressed = Order(first, steps: 2);
        Assert.Equal(WorkKind.Later, Sample());
        first.AvailableFrames = 0;
        Assert.Equal(WorkKind.Segments, Sample());
        Assert.Equal([pressed], sampling.Segments);
    }

    [Fact]
    public void An_offline_segment_is_sampled_when_live_clips_are_late_for_ever()
    {
        time.Advance(60);
        FakeClip live = Clip(isLive: true, playedFrom: 0);
        SegmentOrder offline = Order(Clip(), steps: 4);
        double asked = time.Now;
        do
        {
            Order(live, steps: 2);
            Assert.Equal(WorkKind.Segments, Sample());
            time.Advance(SegmentSeconds);
        }
        while (!sampling.Segments.Contains(offline) && time.Now < asked + 10);

        Assert.InRange(time.Now - asked, Scheduler.OfflinePatience, Scheduler.OfflinePatience + (3 * SegmentSeconds));
    }

    [Fact]
    public void Segments_are_found_while_their_clips_go_on()
    {
        // Motion that is made meanwhile lets the next be due later: of two clips that are compared, the second always is.
        int looks = 0;
        for (int order = 0; order < 200; order++)
        {
            FakeClip clip = Clip(isLive: true, playedFrom: 0);
            clip.MotionMadeMeanwhile = () => looks++;
            Order(clip, steps: 2);
        }

        for (int batch = 0; batch < 200 / MostSegments; batch++)
        {
            Assert.Equal(WorkKind.Segments, Sample());
        }
    }

    [Fact]
    public async Task A_segment_of_a_clip_that_has_ended_is_refused()
    {
        FakeClip clip = Clip();
        End(clip);

        SegmentOrder late = Order(clip, steps: 2);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => late.Result);
        Assert.Equal(WorkKind.Later, Sample());
    }
}
