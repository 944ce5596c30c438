using System.Diagnostics.CodeAnalysis;

namespace Moda.Runtime.Scheduling;

/// <summary>Work for the thread of one worker, which whoever asked for it awaits.</summary>
internal abstract class WorkerJob
{
    /// <summary>Carries it out, on the worker's thread. Never throws: a failure is told to whoever awaits it.</summary>
    public abstract void Run(EngineThread thread);

    /// <summary>It is not carried out, or ends at its next op where it has begun.</summary>
    /// <param name="reason">Told to whoever awaits it.</param>
    public abstract void Refuse(Exception reason);
}

/// <summary>
/// Work with a result. Either somebody gets the result or it is disposed: whoever has been told that the work was cancelled or refused does
/// not hold what it made.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A cancellation source without a timer or a parent holds nothing that is to be released.")]
internal sealed class WorkerJob<TResult> : WorkerJob
{
    private readonly Func<EngineThread, CancellationToken, TResult> work;

    // Whoever awaits goes on elsewhere, not on the worker's thread.
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
