using Moda.Runtime.Options;
using Moda.Runtime.Sampling;
using Moda.Runtime.Scheduling;
using Xunit;

namespace Moda.Runtime.Tests.Engine;

/// <summary>What the scheduler decides, on clips and a clock that the test moves.</summary>
public sealed class SchedulerTests
{
    private const int MostFrames = 4;
    private const int MostSegments = 4;
    private const double FrameSeconds = 0.01;
    private const double SegmentSeconds = 0.03;

    private readonly ManualTime time = new();
    private readonly Scheduler scheduler;
    private readonly ThreadWork render = new(mostSegments: 0, MostFrames);
    private readonly ThreadWork motion = new(MostSegments, mostFrames: 0);

    public SchedulerTests()
    {
        scheduler = new Scheduler(new EngineClock(time));
        scheduler.Add(render);
        scheduler.Add(motion);
    }

    [Fact]
    public void Live_frames_are_taken_before_offline_ones()
    {
        FakeClip offline = Clip(available: 10);
        FakeClip live = Clip(available: 3, isLive: true);
        offline.Due = 0.5;

        Assert.Equal(WorkKind.Frames, Render());

        Assert.Equal([live, live, live, offline], Taken);
    }

    [Fact]
    public void A_newcomers_first_frame_comes_before_all_others()
    {
        Clip(available: 10, isLive: true, playedFrom: -5);
        FakeClip newcomer = Clip(available: 1, isLive: true);

        Render();

        Assert.Equal(newcomer, Taken[0]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(60)]
    public void An_offline_clip_is_served_within_about_a_second_when_live_ones_need_all_there_is(double late)
    {
        // Two live clips need 50 frames in a second; 20 can be rendered.
        const double batchSeconds = MostFrames / 20.0;
        time.Advance(late);
        FakeClip[] live = [Clip(isLive: true, playedFrom: 0), Clip(isLive: true, playedFrom: 0)];
        FakeClip offline = Clip(available: 1000);
        double served = time.Now;
        double longest = 0;
        for (int batch = 0; batch < 300; batch++)
        {
            live[0].AvailableFrames = live[1].AvailableFrames = MostFrames;
            Assert.Equal(WorkKind.Frames, Render());
            if (Taken.Contains(offline))
            {
                longest = Math.Max(longest, time.Now - served);
                served = time.Now;
            }

            time.Advance(batchSeconds);
        }

        Assert.InRange(Math.Max(longest, time.Now - served), 0.5, Scheduler.OfflinePatience + (2 * batchSeconds));
        Assert.True(live[0].TakenFrames > 8 * offline.TakenFrames, $"{live[0].TakenFrames} live frames beside {offline.TakenFrames}");
    }

    [Theory]
    [InlineData(FrameSeconds)]
    [InlineData(3)]
    public void Offline_clips_take_turns(double frameSeconds)
    {
        FakeClip[] clips = [Clip(available: 1000), Clip(available: 1000), Clip(available: 1000)];
        for (int batch = 0; batch < 30; batch++)
        {
            Render();
            time.Advance(frameSeconds);
        }

        Assert.All(clips, clip => Assert.InRange(clip.TakenFrames, 39, 41));
        Assert.Equal(30 * MostFrames, clips.Sum(clip => clip.TakenFrames));
    }

    [Fact]
    public void Live_frames_wait_for_company_until_somebody_would_be_late()
    {
        scheduler.Rendered(render, elapsed: null);
        FakeClip clip = Clip(available: 2, isLive: true, playedFrom: 1);

        Assert.Equal(WorkKind.Later, scheduler.TryTake(render, out double wait));
        Assert.InRange(wait, 0.9, 1);
        time.Advance(wait - 0.01);
        Assert.Equal(WorkKind.Later, scheduler.TryTake(render, out wait));
        time.Advance(wait);

        Assert.Equal(WorkKind.Frames, Render());
        Assert.Equal([clip, clip], Taken);
        Assert.True(time.Now < 1, "the batch began when its first frame was due already");
    }

    [Fact]
    public void A_batch_that_waits_begins_earlier_by_what_it_takes()
    {
        FakeClip clip = Clip(available: 2, isLive: true, playedFrom: -10);
        Render();
        scheduler.Rendered(render, elapsed: 0.3);
        render.Clear();
        clip.PlayedFrom = 1 - (clip.TakenFrames / FakeClip.Rate);
        clip.AvailableFrames = 2;

        Assert.Equal(WorkKind.Later, scheduler.TryTake(render, out double wait));

        Assert.InRange(wait, 0.6, 0.7);
    }

    [Fact]
    public void A_full_batch_begins_at_once()
    {
        Clip(available: MostFrames - 1, isLive: true, playedFrom: 10);
        Assert.Equal(WorkKind.Later, Render());
        Clip(available: 1, isLive: true, playedFrom: 10);

        Assert.Equal(WorkKind.Frames, Render());
        Assert.Equal(MostFrames, render.Frames.Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_batch_with_frames_that_need_not_wait_begins_at_once(bool isLive)
    {
        Clip(available: 1, isLive: true, playedFrom: 10);
        Clip(available: 1, isLive);

        Assert.Equal(WorkKind.Frames, Render());
        Assert.Equal(2, render.Frames.Count);
    }

    [Fact]
    public void A_clip_that_ends_while_frames_are_chosen_leaves_the_others_theirs()
    {
        FakeClip ending = Clip(available: 2);
        ending.EndsWhenAsked = true;
        Assert.Equal(WorkKind.Later, Render());

        ending.AvailableFrames = 2;
        ending.Due = -1;
        FakeClip other = Clip(available: 2);

        Assert.Equal(WorkKind.Frames, Render());
        Assert.Equal([other, other], Taken);
    }

    [Fact]
    public void Segments_of_unlike_kinds_are_not_mixed()
    {
        FakeClip clip = Clip();
        SegmentOrder[] orders = [Order(clip, 4), Order(clip, 2), Order(clip, 4, guidance: 1), Order(clip, 4), Order(clip, 2)];

        Assert.Equal(WorkKind.Segments, Sample());
        Assert.Equal([orders[0], orders[3]], motion.Segments.OrderBy(order => order.Submitted));
        Assert.Equal(WorkKind.Segments, Sample());
        Assert.Equal([orders[1], orders[4]], motion.Segments.OrderBy(order => order.Submitted));
        Assert.Equal(WorkKind.Segments, Sample());
        Assert.Equal([orders[2]], motion.Segments);
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
        Assert.Equal([urgent], motion.Segments);
        offline.AvailableFrames = 0;
        Assert.Equal(WorkKind.Segments, Sample());
        Assert.Equal([other], motion.Segments);
    }

    [Fact]
    public void A_segment_that_nobody_will_join_begins_at_once()
    {
        SegmentOrder live = Order(Clip(isLive: true, playedFrom: 1), steps: 2);
        Clip(available: 1).NeedsMoreMotion = false;

        Assert.Equal(WorkKind.Segments, Sample());
        Assert.Equal([live], motion.Segments);
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
        Assert.Equal([waiting, company], motion.Segments.OrderBy(order => order.Submitted));
        SegmentOrder pressed = Order(first, steps: 2);
        Assert.Equal(WorkKind.Later, Sample());
        first.AvailableFrames = 0;
        Assert.Equal(WorkKind.Segments, Sample());
        Assert.Equal([pressed], motion.Segments);
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
        while (!motion.Segments.Contains(offline) && time.Now < asked + 10);

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
    public void Jobs_come_first_and_in_their_order()
    {
        Clip(available: 1, isLive: true);
        var carriedOut = new List<int>();
        for (int number = 0; number < 3; number++)
        {
            int own = number;
            _ = scheduler.RunAsync(
                render,
                (_, _) =>
                {
                    carriedOut.Add(own);
                    return true;
                },
                CancellationToken.None);
        }

        for (int number = 0; number < 3; number++)
        {
            Assert.Equal(WorkKind.Job, Render());
            render.Job!.Run(thread: null!);
        }

        Assert.Equal(WorkKind.Frames, Render());
        Assert.Equal([0, 1, 2], carriedOut);
    }

    [Fact]
    public async Task Nothing_is_handed_out_after_the_end_and_whoever_waits_is_told()
    {
        FakeClip clip = Clip(available: 4);
        SegmentOrder order = Order(clip, steps: 2);
        Task<int> atHand = scheduler.RunAsync(render, (_, _) => 1, CancellationToken.None);
        Render();
        Task<int> queued = scheduler.RunAsync(render, (_, _) => 2, CancellationToken.None);

        scheduler.Stop();

        Assert.Equal(WorkKind.None, Render());
        Assert.Equal(WorkKind.None, Sample());
        Assert.Equal(WorkKind.None, scheduler.Take(render));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => order.Result);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => atHand);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => queued);
        Assert.Throws<ObjectDisposedException>(() => { _ = scheduler.RunAsync(render, (_, _) => 3, CancellationToken.None); });
        Assert.Throws<ObjectDisposedException>(() => scheduler.Add(clip));
        Assert.Throws<ObjectDisposedException>(() => Order(clip, steps: 2));
    }

    [Fact]
    public async Task A_clip_that_is_removed_is_told_and_what_only_it_waits_for_is_cancelled()
    {
        FakeClip leaving = Clip(available: 2);
        FakeClip staying = Clip(available: 2);
        Render();
        Assert.Equal(4, render.Frames.Count);
        SegmentOrder own = Order(leaving, steps: 2);
        SegmentOrder others = Order(staying, steps: 2);

        End(leaving);

        await Assert.ThrowsAsync<TimeoutException>(() => own.Result);
        Assert.False(others.Result.IsCompleted);
        Assert.False(render.Abandoned.IsCancellationRequested, "frames that another clip waits for were cancelled");
        Assert.Equal(WorkKind.Segments, Sample());
        Assert.Equal([others], motion.Segments);

        End(staying);

        Assert.True(render.Abandoned.IsCancellationRequested);
        Assert.True(motion.Abandoned.IsCancellationRequested);
        Assert.Equal(WorkKind.Later, Render());
        Assert.False(render.Abandoned.IsCancellationRequested, "what comes next was cancelled with what nobody wanted");
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

    private IEngineClip[] Taken => [.. render.Frames.Select(frame => frame.Clip)];

    private FakeClip Clip(int available = 0, bool isLive = false, double? playedFrom = null)
    {
        var clip = new FakeClip(isLive) { AvailableFrames = available, PlayedFrom = playedFrom };
        scheduler.Add(clip);
        return clip;
    }

    private SegmentOrder Order(FakeClip clip, int steps, float guidance = 2)
    {
        var order = new SegmentOrder(
            clip,
            new SegmentInput
            {
                Options = new MotionSamplingOptions { Steps = steps, GuidanceScale = guidance },
                Emotion = 0,
                Keypoints = default,
                AudioTokens = default,
                PreviousMotion = default,
                Noise = default,
                Motion = default,
            },
            time.Now);
        scheduler.Submit(order);
        time.Advance(1e-6);
        return order;
    }

    private void End(FakeClip clip)
    {
        clip.HasEnded = true;
        clip.AvailableFrames = 0;
        scheduler.Remove(clip, new TimeoutException());
    }

    private WorkKind Render()
    {
        render.Clear();
        return scheduler.TryTake(render, out _);
    }

    private WorkKind Sample()
    {
        motion.Clear();
        return scheduler.TryTake(motion, out _);
    }

    private sealed class ManualTime : TimeProvider
    {
        private long ticks;

        public double Now => TimeSpan.FromTicks(ticks).TotalSeconds;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => ticks;

        public void Advance(double seconds) => ticks += TimeSpan.FromSeconds(seconds).Ticks;
    }
}
