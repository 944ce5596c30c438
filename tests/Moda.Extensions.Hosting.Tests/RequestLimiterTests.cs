using System.Diagnostics.Metrics;
using Moda.Extensions.Hosting.Clients;
using Moda.Extensions.Hosting.Queueing;
using Xunit;

namespace Moda.Extensions.Hosting.Tests;

/// <summary>Who is served, who waits at which place, and who is refused.</summary>
public sealed class RequestLimiterTests : IDisposable
{
    private readonly Meter meter = new("Moda.Tests");
    private readonly ManualTime time = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => meter.Dispose();

    [Fact]
    public async Task As_many_work_as_may_and_the_rest_wait_in_their_order()
    {
        RequestLimiter queue = Create(concurrent: 2, waiting: 2);
        RequestLimiter.Place first = await queue.EnterAsync(null, Token);
        RequestLimiter.Place second = await queue.EnterAsync(null, Token);
        Task<RequestLimiter.Place> third = queue.EnterAsync(null, Token);
        Task<RequestLimiter.Place> fourth = queue.EnterAsync(null, Token);
        Assert.Equal((2, 2), (queue.Running, queue.Waiting));

        second.Dispose();
        (await third.WaitAsync(TimeSpan.FromSeconds(30), Token)).Dispose();
        (await fourth.WaitAsync(TimeSpan.FromSeconds(30), Token)).Dispose();
        first.Dispose();

        Assert.Equal((0, 0), (queue.Running, queue.Waiting));
    }

    [Fact]
    public async Task The_place_is_told_whenever_it_changes()
    {
        RequestLimiter queue = Create(concurrent: 1, waiting: 3);
        var positions = new Positions();
        RequestLimiter.Place first = await queue.EnterAsync(null, Token);
        Task<RequestLimiter.Place> second = queue.EnterAsync(null, Token);
        Task<RequestLimiter.Place> third = queue.EnterAsync(positions, Token);

        first.Dispose();
        using (await second)
        {
            await positions.UntilAsync(1);
        }

        (await third).Dispose();
        Assert.Equal([2, 1, 0], positions.Told);
    }

    [Fact]
    public async Task A_request_that_leaves_frees_its_place()
    {
        RequestLimiter queue = Create(concurrent: 1, waiting: 2);
        var positions = new Positions();
        using var cancellation = new CancellationTokenSource();
        RequestLimiter.Place first = await queue.EnterAsync(null, Token);
        Task<RequestLimiter.Place> second = queue.EnterAsync(null, cancellation.Token);
        Task<RequestLimiter.Place> third = queue.EnterAsync(positions, Token);
        await Assert.ThrowsAsync<ModaBusyException>(() => queue.EnterAsync(null, Token));

        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        await positions.UntilAsync(1);
        Assert.Equal(1, queue.Waiting);

        first.Dispose();
        (await third).Dispose();
        Assert.Equal((0, 0), (queue.Running, queue.Waiting));
    }

    [Fact]
    public async Task A_refusal_says_when_a_place_is_likely_to_be_free()
    {
        RequestLimiter queue = Create(concurrent: 2, waiting: 0);
        RequestLimiter.Place first = await queue.EnterAsync(null, Token);
        using RequestLimiter.Place second = await queue.EnterAsync(null, Token);
        ModaBusyException unknown = await Assert.ThrowsAsync<ModaBusyException>(() => queue.EnterAsync(null, Token));
        Assert.Equal(5, unknown.RetryAfter.TotalSeconds);

        time.Advance(TimeSpan.FromSeconds(25));
        first.Dispose();
        using RequestLimiter.Place third = await queue.EnterAsync(null, Token);
        ModaBusyException known = await Assert.ThrowsAsync<ModaBusyException>(() => queue.EnterAsync(null, Token));

        // One of two requests that take 25 s each ends every 12.5 s.
        Assert.Equal(13, known.RetryAfter.TotalSeconds);
        Assert.Equal((2, 0), (known.Running, known.Waiting));
        Assert.Contains("13 s", known.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_listener_that_throws_leaves_no_place_behind()
    {
        RequestLimiter queue = Create(concurrent: 1, waiting: 1);
        await Assert.ThrowsAsync<InvalidOperationException>(() => queue.EnterAsync(new Thrower(), Token));

        (await queue.EnterAsync(null, Token)).Dispose();
        Assert.Equal((0, 0), (queue.Running, queue.Waiting));
    }

    [Fact]
    public async Task A_place_is_given_back_once()
    {
        RequestLimiter queue = Create(concurrent: 1, waiting: 1);
        RequestLimiter.Place place = await queue.EnterAsync(null, Token);
        place.Dispose();
        place.Dispose();

        Assert.Equal(0, queue.Running);
    }

    [Fact]
    public async Task Nobody_is_lost_when_many_come_and_go()
    {
        RequestLimiter queue = Create(concurrent: 3, waiting: 1000);
        int most = 0;
        int working = 0;
        await Task.WhenAll(Enumerable.Range(0, 300).Select(n => Task.Run(
            async () =>
            {
                using var cancellation = new CancellationTokenSource();
                if (n % 3 == 0)
                {
                    cancellation.CancelAfter(n % 7);
                }

                try
                {
                    using RequestLimiter.Place place = await queue.EnterAsync(null, cancellation.Token);
                    InterlockedMax(ref most, Interlocked.Increment(ref working));
                    await Task.Yield();
                    Interlocked.Decrement(ref working);
                }
                catch (OperationCanceledException)
                {
                }
            },
            Token)));

        Assert.Equal((0, 0), (queue.Running, queue.Waiting));
        Assert.InRange(most, 1, 3);
    }

    private static void InterlockedMax(ref int most, int value)
    {
        for (int seen = Volatile.Read(ref most); seen < value; seen = Volatile.Read(ref most))
        {
            Interlocked.CompareExchange(ref most, value, seen);
        }
    }

    private RequestLimiter Create(int concurrent, int waiting) => new(concurrent, waiting, meter, time);

    private sealed class Positions : IProgress<int>
    {
        private readonly List<int> told = [];

        public int[] Told
        {
            get
            {
                lock (told)
                {
                    return [.. told];
                }
            }
        }

        public void Report(int value)
        {
            lock (told)
            {
                told.Add(value);
            }
        }

        public async Task UntilAsync(int position)
        {
            for (int wait = 0; !Told.Contains(position); wait++)
            {
                Assert.True(wait < 3000, $"Position {position} was not told in 30 s.");
                await Task.Delay(10, Token);
            }
        }
    }

    private sealed class Thrower : IProgress<int>
    {
        public void Report(int value) => throw new InvalidOperationException("It throws.");
    }

    private sealed class ManualTime : TimeProvider
    {
        private long now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => now;

        public void Advance(TimeSpan time) => now += time.Ticks;
    }
}
