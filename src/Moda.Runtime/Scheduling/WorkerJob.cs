using System.Diagnostics.CodeAnalysis;

namespace Moda.Runtime.Scheduling;

/// <summary>Work for the thread of one worker. The code that asked for it awaits it.</summary>
internal abstract class WorkerJob
{
    /// <summary>Carries it out on the worker's thread. Never throws: the awaiting code gets the failure.</summary>
    public abstract void Run(EngineThread thread);

    /// <summary>Refuses the work. If it is running, it ends at its next op.</summary>
    /// <param name="reason">What the awaiting code gets as its exception.</param>
    public abstract void Refuse(Exception reason);
}

/// <summary>
/// Work with a result. If the work is cancelled or refused after it has made its result, nobody gets the result, so it is disposed here.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A cancellation source without a timer or a parent holds nothing that is to be released.")]
internal sealed class WorkerJob<TResult> : WorkerJob
{
    private readonly Func<EngineThread, CancellationToken, TResult> work;

    // The awaiting code continues on the thread pool, so that it never holds up the worker's thread.
    private readonly TaskCompletionSource<TResult> result = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource stop = new();
    private readonly CancellationTokenRegistration registration;

    /// <summary>Describes the work.</summary>
    /// <param name="work">What to do with the thread's workers.</param>
    /// <param name="cancellationToken">Ends the waiting at once, and the work at its next op.</param>
    public WorkerJob(Func<EngineThread, CancellationToken, TResult> work, CancellationToken cancellationToken)
    {
        this.work = work;
        registration = cancellationToken.UnsafeRegister(static (job, token) => ((WorkerJob<TResult>)job!).Cancel(token), this);
    }

    /// <summary>Ends with the work, or as soon as it is cancelled or refused.</summary>
    public Task<TResult> Result => result.Task;

    /// <inheritdoc/>
    public override void Run(EngineThread thread)
    {
        try
        {
            stop.Token.ThrowIfCancellationRequested();
            TResult made = work(thread, stop.Token);
            if (!result.TrySetResult(made))
            {
                (made as IDisposable)?.Dispose();
            }
        }
        catch (Exception failure)
        {
            Fail(failure);
        }

        registration.Unregister();
    }

    /// <inheritdoc/>
    public override void Refuse(Exception reason)
    {
        Fail(reason);
        stop.Cancel();
        registration.Unregister();
    }

    private void Cancel(CancellationToken cancellationToken)
    {
        result.TrySetCanceled(cancellationToken);
        stop.Cancel();
    }

    private void Fail(Exception reason)
    {
        // Nobody may await it any more: then it must not be reported as a failure that nobody has seen.
        result.TrySetException(reason);
        _ = result.Task.Exception;
    }
}
