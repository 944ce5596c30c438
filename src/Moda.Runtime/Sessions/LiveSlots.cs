namespace Moda.Runtime.Sessions;

/// <summary>
/// The places of an engine's live clips: as many as it can serve in time. A live session that needs more of the device than a clip takes more
/// than one.
/// </summary>
internal sealed class LiveSlots
{
    /// <summary>Sums of shares are rounded.</summary>
    private const double Rounding = 1e-9;

    private readonly Lock gate = new();
    private readonly LinkedList<Waiter> waiting = new();
    private int? limit;
    private double load;

    /// <summary>Clips and sessions that have their places.</summary>
    public int Taken { get; private set; }

    /// <summary>How many places there are; null while that is not known.</summary>
    public int? Limit
    {
        get => limit;
        set
        {
            lock (gate)
            {
                limit = value;
            }

            Admit();
        }
    }

    /// <summary>Takes places where they are free.</summary>
    /// <param name="cost">How many: 1 for a clip.</param>
    public bool TryTake(double cost = 1)
    {
        lock (gate)
        {
            // Those who wait have asked before.
            if (waiting.Count > 0 || !Fits(cost))
            {
                return false;
            }

            Take(cost);
            return true;
        }
    }

    /// <summary>Takes places as soon as they are free, in the order of asking.</summary>
    /// <param name="cost">How many: 1 for a clip.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async Task TakeAsync(double cost, CancellationToken cancellationToken)
    {
        LinkedListNode<Waiter> place;
        lock (gate)
        {
            place = waiting.AddLast(new Waiter(cost, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)));
        }

        Admit();
        try
        {
            await place.Value.Admission.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            bool wasAdmitted;
            lock (gate)
            {
                wasAdmitted = place.List is null;
                if (!wasAdmitted)
                {
                    waiting.Remove(place);
                }
            }

            if (wasAdmitted)
            {
                Return(cost);
            }

            throw;
        }
    }

    /// <summary>Gives places back.</summary>
    /// <param name="cost">As many as were taken.</param>
    public void Return(double cost = 1)
    {
        lock (gate)
        {
            Taken--;
            load = Taken == 0 ? 0 : load - cost;
        }

        Admit();
    }

    private bool Fits(double cost) => limit is null || load + cost <= limit + Rounding;

    private void Take(double cost)
    {
        Taken++;
        load += cost;
    }

    private void Admit()
    {
        while (true)
        {
            TaskCompletionSource next;
            lock (gate)
            {
                if (waiting.First is not { } first || !Fits(first.Value.Cost))
                {
                    return;
                }

                waiting.RemoveFirst();
                Take(first.Value.Cost);
                next = first.Value.Admission;
            }

            next.SetResult();
        }
    }

    /// <summary>Someone who waits for places.</summary>
    private readonly record struct Waiter(double Cost, TaskCompletionSource Admission);
}

/// <summary>
/// One live clip's place, or a session's places, which it takes before or while it begins and gives back once. It may be left at any time, also while it is waited
/// for: then it is given back as soon as it is there.
/// </summary>
/// <param name="slots">The engine's.</param>
/// <param name="cost">How many places: 1 for a clip.</param>
/// <param name="isTaken">Whether they were taken already.</param>
internal sealed class LiveSlot(LiveSlots slots, double cost, bool isTaken)
{
    private const int Awaited = 0;
    private const int Taken = 1;
    private const int Left = 2;

    private int state = isTaken ? Taken : Awaited;

    /// <summary>Takes the place, where it was not taken, as soon as one is free. Called once.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled, or the place was left meanwhile.</exception>
    public async Task EnterAsync(CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref state) == Taken)
        {
            return;
        }

        await slots.TakeAsync(cost, cancellationToken).ConfigureAwait(false);
        if (Interlocked.CompareExchange(ref state, Taken, Awaited) != Awaited)
        {
            slots.Return(cost);
            throw new OperationCanceledException("The place was left before it was there.");
        }
    }

    /// <summary>Gives the place back, where it was taken.</summary>
    public void Leave()
    {
        if (Interlocked.Exchange(ref state, Left) == Taken)
        {
            slots.Return(cost);
        }
    }
}
