using Moda.Kernels.Cpu.Threading;
using Xunit;

namespace Moda.Kernels.Tests.Cpu;

public sealed class TurnQueueTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(30)]
    public void Callers_come_in_the_order_in_which_they_asked(int milliseconds)
    {
        var turns = new TurnQueue();
        List<int> order = [];
        turns.Enter();
        Thread[] threads = new Thread[4];
        for (int caller = 0; caller < threads.Length; caller++)
        {
            int own = caller;
            threads[caller] = new Thread(() => Take(turns, order, own));
            threads[caller].Start();
            SpinWait.SpinUntil(() => turns.Count == own + 2);
        }

        // With and without time for the waiting threads to fall asleep.
        Thread.Sleep(milliseconds);
        turns.Leave();

        // A caller that has just left queues behind those that wait.
        Take(turns, order, threads.Length);
        Array.ForEach(threads, thread => thread.Join());
        Assert.Equal([0, 1, 2, 3, 4], order);
        Assert.Equal(0, turns.Count);
    }

    [Fact]
    public void Only_one_caller_is_inside()
    {
        const int Turns = 2000;
        var turns = new TurnQueue();
        int count = 0;
        Thread[] threads = [.. Enumerable.Range(0, 3).Select(_ => new Thread(() =>
        {
            for (int turn = 0; turn < Turns; turn++)
            {
                turns.Enter();
                count++;
                turns.Leave();
            }
        }))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());

        Assert.Equal(threads.Length * Turns, count);
    }

    private static void Take(TurnQueue turns, List<int> order, int caller)
    {
        turns.Enter();
        order.Add(caller);
        turns.Leave();
    }
}
