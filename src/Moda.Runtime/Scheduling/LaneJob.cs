namespace Moda.Runtime.Scheduling;

/// <summary>Work for the thread of one lane, which whoever asked for it awaits.</summary>
internal abstract class LaneJob
{
    /// <summary>Carries it out, on the lane's thread. Never throws: a failure is told to whoever awaits it.</summary>
    public abstract void Run(EngineThread thread);

    /// <summary>It will never be carried out.</summary>
    /// <param name="reason">Told to whoever awaits it.</param>
    public abstract void Refuse(Exception reason);
}

/// <summary>Work with a result.</summary>
/// <param name="work">What to do with the thread's lanes.</param>
/// <param name="cancellationToken">Ends the waiting at once, and the work at its next op.</param>
internal sealed class LaneJob<TResult>(Func<EngineThread, CancellationToken, TResult> work, CancellationToken cancellationToken) : LaneJob
{
    // Whoever awaits goes on elsewhere, not on the lane's thread.
    private readonly TaskCompletionSource<TResult> result = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends with the work, or as soon as it is cancelled.</summary>
    public Task<TResult> Result => result.Task.WaitAsync(cancellationToken);

    /// <inheritdoc/>
    public override void Run(EngineThread thread)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            result.TrySetCanceled(cancellationToken);
            return;
        }

        try
        {
            result.TrySetResult(work(thread, cancellationToken));
        }
        catch (OperationCanceledException)
        {
            result.TrySetCanceled(cancellationToken);
        }
        catch (Exception failure)
        {
            result.TrySetException(failure);
        }
    }

    /// <inheritdoc/>
    public override void Refuse(Exception reason) => result.TrySetException(reason);
}
