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
        var slot = new LiveSlot(slots, isTaken: false);
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
            var slot = new LiveSlot(slots, isTaken: false);
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
            Task waiting = slots.TakeAsync(Token);
            Task returning = Task.Run(slots.Return, Token);
            while (!waiting.IsCompleted)
            {
                Assert.False(slots.TryTake(), $"a place was taken before who waits for it, in round {round}");
            }

            await Task.WhenAll(waiting, returning);
            slots.Return();
        }
    }
}
