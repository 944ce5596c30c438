using System.Diagnostics.Metrics;
using Moda.Extensions.Hosting.Clients;
using Moda.Extensions.Hosting.Telemetry;
using Moda.Runtime;

namespace Moda.Extensions.Hosting.Queueing;

/// <summary>
/// The requests of an engine: some are at work, some wait in the order in which they came, the rest are refused. Several threads may call all
/// members at once.
/// </summary>
public sealed class RequestLimiter
{
    private static readonly TimeSpan UnknownRetry = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromMinutes(10);

    private readonly Lock gate = new();
    private readonly LinkedList<Waiter> waiters = new();
    private readonly TimeProvider time;
    private readonly QueueInstruments instruments;
    private int running;
    private TimeSpan? meanWork;

    /// <summary>An empty queue.</summary>
    /// <param name="maxConcurrent">Requests that work at one time, at least 1.</param>
    /// <param name="maxWaiting">Requests that wait at one time; 0 where none may.</param>
    /// <param name="meter">What it reports to.</param>
    /// <param name="time">The clock.</param>
    internal RequestLimiter(int maxConcurrent, int maxWaiting, Meter meter, TimeProvider time)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxConcurrent);
        ArgumentOutOfRangeException.ThrowIfNegative(maxWaiting);
        MaxConcurrent = maxConcurrent;
        MaxWaiting = maxWaiting;
        this.time = time;
        instruments = new QueueInstruments(meter);
    }

    /// <summary>Requests that work at one time at most.</summary>
    public int MaxConcurrent { get; }

    /// <summary>Requests that wait at one time at most.</summary>
    public int MaxWaiting { get; }

    /// <summary>Requests at work.</summary>
    public int Running
    {
        get
        {
            lock (gate)
            {
                return running;
            }
        }
    }

    /// <summary>Requests that wait.</summary>
    public int Waiting
    {
        get
        {
            lock (gate)
            {
                return waiters.Count;
            }
        }
    }

    /// <summary>Waits for a place.</summary>
    /// <param name="position">
    /// Told the place in the queue, 1 for the next to be served, whenever it changes, and 0 once when the work may begin. It is called in the
    /// request's own flow, never while the queue is locked. Null where nobody is told.
    /// </param>
    /// <param name="cancellationToken">Leaves the queue.</param>
    /// <returns>The place; the caller disposes it when its work has ended.</returns>
    /// <exception cref="ModaBusyException">As many requests are waiting as may.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; the place in the queue is free again.</exception>
    internal async Task<Place> EnterAsync(IProgress<int>? position, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Waiter waiter = Join();
        long start = time.GetTimestamp();
        try
        {
            while (true)
            {
                (int now, Task change) = Look(waiter);
                position?.Report(now);
                if (now == 0)
                {
                    instruments.RecordWait(time.GetElapsedTime(start));
                    return new Place(this, time.GetTimestamp());
                }

                await change.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        catch
        {
            Abandon(waiter);
            throw;
        }
    }

    /// <summary>Counts a request that had a place, but that the engine refuses for it serves no more live clips.</summary>
    /// <param name="full">What the engine said.</param>
    /// <returns>What the request is told.</returns>
    internal ModaBusyException Refuse(EngineFullException full)
    {
        instruments.AddRefused();
        lock (gate)
        {
            return new ModaBusyException(running, waiters.Count, RetryAfter(), full);
        }
    }

    private Waiter Join()
    {
        ModaBusyException busy;
        lock (gate)
        {
            var waiter = new Waiter();
            if (running < MaxConcurrent)
            {
                running++;
                instruments.AddRunning(1);
                return waiter;
            }

            if (waiters.Count < MaxWaiting)
            {
                waiter.Node = waiters.AddLast(waiter);
                waiter.Position = waiters.Count;
                instruments.AddWaiting(1);
                return waiter;
            }

            busy = new ModaBusyException(running, waiters.Count, RetryAfter());
        }

        instruments.AddRefused();
        throw busy;
    }

    private (int Position, Task Change) Look(Waiter waiter)
    {
        lock (gate)
        {
            return (waiter.Position, waiter.Change.Task);
        }
    }

    private void Abandon(Waiter waiter)
    {
        lock (gate)
        {
            if (waiter.Node is null)
            {
                // It had got a place already.
                running--;
                instruments.AddRunning(-1);
                Admit();
                return;
            }

            waiters.Remove(waiter.Node);
            instruments.AddWaiting(-1);
            Renumber();
        }
    }

    private void Return(TimeSpan worked)
    {
        lock (gate)
        {
            // Recent requests count most.
            meanWork = meanWork is { } mean ? mean * 0.75 + worked * 0.25 : worked;
            running--;
            instruments.AddRunning(-1);
            Admit();
        }
    }

    private void Admit()
    {
        while (running < MaxConcurrent && waiters.First is { } first)
        {
            waiters.RemoveFirst();
            first.Value.Node = null;
            running++;
            instruments.AddRunning(1);
            instruments.AddWaiting(-1);
            first.Value.MoveTo(0);
        }

        Renumber();
    }

    private void Renumber()
    {
        int place = 0;
        foreach (Waiter waiter in waiters)
        {
            waiter.MoveTo(++place);
        }
    }

    // A place in the queue is free as soon as any of those at work has ended.
    private TimeSpan RetryAfter()
    {
        TimeSpan expected = meanWork is { } mean ? mean / MaxConcurrent : UnknownRetry;
        double seconds = Math.Ceiling(Math.Clamp(expected.TotalSeconds, 1, LongestRetry.TotalSeconds));
        return TimeSpan.FromSeconds(seconds);
    }

    /// <summary>A request's place at work.</summary>
    internal sealed class Place(RequestLimiter queue, long start) : IDisposable
    {
        private bool isReturned;

        /// <summary>Gives it back, once.</summary>
        public void Dispose()
        {
            if (!Interlocked.Exchange(ref isReturned, true))
            {
                queue.Return(queue.time.GetElapsedTime(start));
            }
        }
    }

    /// <summary>A request that waits. Its members are used under the queue's lock.</summary>
    private sealed class Waiter
    {
        /// <summary>Where it waits; null once it has a place at work.</summary>
        public LinkedListNode<Waiter>? Node { get; set; }

        /// <summary>1 for the next to be served; 0 once it has a place at work.</summary>
        public int Position { get; set; }

        /// <summary>Completes when the position changes.</summary>
        public TaskCompletionSource Change { get; private set; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void MoveTo(int position)
        {
            if (position != Position)
            {
                Position = position;
                TaskCompletionSource change = Change;
                Change = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                change.SetResult();
            }
        }
    }
}
