using Moda.Runtime.Scheduling;
using Xunit;

namespace Moda.Runtime.Tests.Engine;

/// <summary>What the scheduler decides, about frames and jobs, and whom it tells that there is nothing more.</summary>
public sealed class SchedulerTests : SchedulingTests
{
    private const double FrameSeconds = 0.01;

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
        scheduler.Rendered(rendering, elapsed: null);
        FakeClip clip = Clip(available: 2, isLive: true, playedFrom: 1);

        Assert.Equal(WorkKind.Later, scheduler.TryTake(rendering, out double wait));
        Assert.InRange(wait, 0.9, 1);
        time.Advance(wait - 0.01);
        Assert.Equal(WorkKind.Later, scheduler.TryTake(rendering, out wait));
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
        scheduler.Rendered(rendering, elapsed: 0.3);
        rendering.Clear();
        clip.PlayedFrom = 1 - (clip.TakenFrames / FakeClip.Rate);
        clip.AvailableFrames = 2;

        Assert.Equal(WorkKind.Later, scheduler.TryTake(rendering, out double wait));

        Assert.InRange(wait, 0.6, 0.7);
    }

    [Fact]
    public void A_full_batch_begins_at_once()
    {
        Clip(available: MostFrames - 1, isLive: true, playedFrom: 10);
        Assert.Equal(WorkKind.Later, Render());
        Clip(available: 1, isLive: true, playedFrom: 10);

        Assert.Equal(WorkKind.Frames, Render());
        Assert.Equal(MostFrames, rendering.Frames.Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_batch_with_frames_that_need_not_wait_begins_at_once(bool isLive)
    {
        Clip(available: 1, isLive: true, playedFrom: 10);
        Clip(available: 1, isLive);

        Assert.Equal(WorkKind.Frames, Render());
        Assert.Equal(2, rendering.Frames.Count);
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
    public void Jobs_come_first_and_in_their_order()
    {
        Clip(available: 1, isLive: true);
        var carriedOut = new List<int>();
        for (int number = 0; number < 3; number++)
        {
            int own = number;
            _ = scheduler.RunAsync(
                rendering,
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
            rendering.Job!.Run(thread: null!);
        }

        Assert.Equal(WorkKind.Frames, Render());
        Assert.Equal([0, 1, 2], carriedOut);
    }

    [Fact]
    public async Task Nothing_is_handed_out_after_the_end_and_whoever_waits_is_told()
    {
        FakeClip clip = Clip(available: 4);
        SegmentOrder order = Order(clip, steps: 2);
        Task<int> atHand = scheduler.RunAsync(rendering, (_, _) => 1, CancellationToken.None);
        Render();
        Task<int> queued = scheduler.RunAsync(rendering, (_, _) => 2, CancellationToken.None);

        scheduler.Stop();

        Assert.Equal(WorkKind.None, Render());
        Assert.Equal(WorkKind.None, Sample());
        Assert.Equal(WorkKind.None, scheduler.Take(rendering));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => order.Result);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => atHand);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => queued);
        Assert.Throws<ObjectDisposedException>(() => { _ = scheduler.RunAsync(rendering, (_, _) => 3, CancellationToken.None); });
        Assert.Throws<ObjectDisposedException>(() => scheduler.Add(clip));
        Assert.Throws<ObjectDisposedException>(() => Order(clip, steps: 2));
    }

    [Fact]
    public async Task A_clip_that_is_removed_is_told_and_what_only_it_waits_for_is_cancelled()
    {
        FakeClip leaving = Clip(available: 2);
        FakeClip staying = Clip(available: 2);
        Render();
        Assert.Equal(4, rendering.Frames.Count);
        SegmentOrder own = Order(leaving, steps: 2);
        SegmentOrder others = Order(staying, steps: 2);

        End(leaving);

        await Assert.ThrowsAsync<TimeoutException>(() => own.Result);
        Assert.False(others.Result.IsCompleted);
        Assert.False(rendering.Abandoned.IsCancellationRequested, "frames that another clip waits for were cancelled");
        Assert.Equal(WorkKind.Segments, Sample());
        Assert.Equal([others], sampling.Segments);

        End(staying);

        Assert.True(rendering.Abandoned.IsCancellationRequested);
        Assert.True(sampling.Abandoned.IsCancellationRequested);
        Assert.Equal(WorkKind.Later, Render());
        Assert.False(rendering.Abandoned.IsCancellationRequested, "what comes next was cancelled with what nobody wanted");
    }
}
