using Moda.Runtime.Sessions;
using Xunit;

namespace Moda.Runtime.Tests.Engine;

/// <summary>The places of live clips: each is given back once, whatever happens while it is waited for.</summary>
public sealed class LiveSlotsTests
{
    private readonly LiveSlots slots = new() { Limit = 0 };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_place_that_was_left_while_it_was_waited_for_is_free()
    {
        var slot = new LiveSlot(slots, cost: 1, isTaken: false);
        Task entering = slot.EnterAsync(Token);
        slot.Leave();

        slots.Limit = 1;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => entering);
        Assert.Equal(0, slots.Taken);
        Assert.True(slots.TryTake());
    }

    [Fact]
    public async Task Places_are_given_back_however_entering_and_leaving_meet()
    {
        slots.Limit = 1;
        for (int round = 0; round < 2000; round++)
        {
            var slot = new LiveSlot(slots, cost: 1, isTaken: false);
            using var stop = new CancellationTokenSource();
            Task entering = Task.Run(() => slot.EnterAsync(stop.Token), Token);
            Task leaving = Task.Run(
                () =>
                {
                    Thread.SpinWait(round % 100);
                    stop.Cancel();
                    slot.Leave();
                },
                Token);

            await leaving;
            Exception? told = await Record.ExceptionAsync(() => entering.WaitAsync(TimeSpan.FromSeconds(10), Token));
            Assert.True(told is null or OperationCanceledException, $"{told}");
            Assert.Equal(0, slots.Taken);
        }
    }

    [Fact]
    public async Task Who_waits_is_not_overtaken()
    {
        slots.Limit = 1;
        for (int round = 0; round < 2000; round++)
        {
            Assert.True(slots.TryTake());
            Task waiting = slots.TakeAsync(1, Token);
            Task returning = Task.Run(() => slots.Return(), Token);
            while (!waiting.IsCompleted)
            {
                Assert.False(slots.TryTake(), $"a place was taken before who waits for it, in round {round}");
            }

            await Task.WhenAll(waiting, returning);
            slots.Return();
        }
    }

    [Fact]
    public async Task A_session_takes_as_many_places_as_it_costs()
    {
        slots.Limit = 4;
        Assert.True(slots.TryTake(2.5));
        Assert.False(slots.TryTake(2));
        Assert.True(slots.TryTake());
        Task waiting = slots.TakeAsync(2, Token);

        // A clip would fit, but the session has asked before.
        Assert.False(slots.TryTake(0.5));
        Assert.False(waiting.IsCompleted);
        slots.Return(2.5);
        await waiting;

        Assert.Equal(2, slots.Taken);
        Assert.True(slots.TryTake());
        Assert.False(slots.TryTake(0.1));
    }

    [Fact]
    public void A_session_costs_what_its_advances_do()
    {
        // A second of a clip takes 0.05 s for its frames, 0.0125 s for its motion and 0.0025 s for its voice.
        EngineCapacity capacity = EngineCapacity.Measured(framesPerSecond: 500, segmentsPerSecond: 50, voiceRate: 400, segmentFrames: 40, steps: 10);
        Assert.Equal(13, capacity.LiveClips);

        // 6.25 advances a second, each of 0.02 s of motion and 0.01 s of voice: 0.2375 s.
        Assert.Equal(0.2375 / 0.065, capacity.CostOfSession(advance: 4, steps: 10, TimeSpan.FromSeconds(4)), 1e-9);
        Assert.Equal(0.175 / 0.065, capacity.CostOfSession(advance: 4, steps: 5, TimeSpan.FromSeconds(4)), 1e-9);
        Assert.Equal(1, capacity.CostOfSession(advance: 40, steps: 1, TimeSpan.FromSeconds(1)));
    }
}
