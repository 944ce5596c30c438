namespace Moda.Runtime.Sessions;

/// <summary>The places of an engine's live clips: as many as it can serve in time.</summary>
internal sealed class LiveSlots
{
    private readonly Lock gate = new();
    private readonly LinkedList<TaskCompletionSource> waiting = new();
    private int? limit;

    /// <summary>Places that are taken.</summary>
    public int Taken { get; private set; }

    /// <summary>How many there are; null while that is not known.</summary>
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

    /// <summary>Takes a place where one is free.</summary>
    public bool TryTake()
    {
        lock (gate)
        {
            // Those who wait have asked before.
            if (waiting.Count > 0 || Taken >= limit)
            {
                return false;
            }

            Taken++;
            return true;
        }
    }

    /// <summary>Takes a place as soon as one is free, in the order of asking.</summary>
    public async Task TakeAsync(CancellationToken cancellationToken)
    {
        LinkedListNode<TaskCompletionSource> place;
        lock (gate)
        {
            place = waiting.AddLast(new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        Admit();
        try
        {
            await place.Value.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
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
                Return();
            }

            throw;
        }
    }

    /// <summary>Gives a place back.</summary>
    public void Return()
    {
        lock (gate)
        {
            Taken--;
        }

        Admit();
    }

    private void Admit()
    {
        while (true)
        {
            TaskCompletionSource next;
            lock (gate)
            {
                if (waiting.First is not { } first || Taken >= limit)
                {
                    return;
                }

                waiting.RemoveFirst();
                Taken++;
                next = first.Value;
            }

            next.SetResult();
        }
    }
}

/// <summary>
/// One live clip's place, which it takes before or while it begins and gives back once. It may be left at any time, also while it is waited
/// for: then it is given back as soon as it is there.
/// </summary>
/// <param name="slots">The engine's.</param>
/// <param name="isTaken">Whether it was taken already.</param>
internal sealed class LiveSlot(LiveSlots slots, bool isTaken)
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

        await slots.TakeAsync(cancellationToken).ConfigureAwait(false);
        if (Interlocked.CompareExchange(ref state, Taken, Awaited) != Awaited)
        {
            slots.Return();
            throw new OperationCanceledException("The place was left before it was there.");
        }
    }

    /// <summary>Gives the place back, where it was taken.</summary>
    public void Leave()
    {
        if (Interlocked.Exchange(ref state, Left) == Taken)
        {
            slots.Return();
        }
    }
}
