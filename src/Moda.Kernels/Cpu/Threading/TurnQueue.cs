namespace Moda.Kernels.Cpu.Threading;

/// <summary>
/// A fair lock: callers enter one at a time, in the order in which they came. An ordinary lock would often let the thread that has just
/// left in again, so a forward of many short loops would starve another one that waits for its next loop.
/// </summary>
internal sealed class TurnQueue
{
    private readonly object gate = new();
    private long issued;
    private long serving;
    private int blocked;

    /// <summary>Callers inside and waiting.</summary>
    internal long Count => Volatile.Read(ref issued) - Volatile.Read(ref serving);

    /// <summary>Waits for the caller's turn: first spinning, since most loops are short, then asleep.</summary>
    public void Enter()
    {
        long own = Interlocked.Increment(ref issued) - 1;
        SpinWait spinner = default;
        while (Volatile.Read(ref serving) != own)
        {
            if (spinner.NextSpinWillYield)
            {
                Sleep(own);
                return;
            }

            spinner.SpinOnce();
        }
    }

    /// <summary>Ends the caller's turn.</summary>
    public void Leave()
    {
        // Both counters are changed with a full fence. So either this thread sees that another is about to sleep, or the other sees its turn.
        Interlocked.Increment(ref serving);
        if (Volatile.Read(ref blocked) > 0)
        {
            lock (gate)
            {
                Monitor.PulseAll(gate);
            }
        }
    }

    private void Sleep(long own)
    {
        lock (gate)
        {
            Interlocked.Increment(ref blocked);
            while (Volatile.Read(ref serving) != own)
            {
                Monitor.Wait(gate);
            }

            Interlocked.Decrement(ref blocked);
        }
    }
}
