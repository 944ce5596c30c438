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
            if (Taken >= limit)
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

/// <summary>One live clip's place, which it takes before or while it begins and gives back once.</summary>
/// <param name="slots">The engine's.</param>
/// <param name="isTaken">Whether it was taken already.</param>
internal sealed class LiveSlot(LiveSlots slots, bool isTaken)
{
    private int taken = isTaken ? 1 : 0;

    /// <summary>Takes the place, where it was not taken, as soon as one is free.</summary>
    public async Task EnterAsync(CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref taken) == 0)
        {
            await slots.TakeAsync(cancellationToken).ConfigureAwait(false);
            Volatile.Write(ref taken, 1);
        }
    }

    /// <summary>Gives the place back, where it was taken.</summary>
    public void Leave()
    {
        if (Interlocked.Exchange(ref taken, 0) == 1)
        {
            slots.Return();
        }
    }
}
