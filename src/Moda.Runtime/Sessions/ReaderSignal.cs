using System.Threading.Tasks.Sources;

namespace Moda.Runtime.Sessions;

/// <summary>
/// Wakes the one reader of a clip, without an allocation for each wait. It keeps no reference to a reader that does not wait, so that one
/// that was forgotten can be collected. Guarded by its clip's lock, but for the reader's side of the wait.
/// </summary>
internal sealed class ReaderSignal : IValueTaskSource
{
    private ManualResetValueTaskSourceCore<bool> core = new() { RunContinuationsAsynchronously = true };
    private bool isAwaited;

    /// <summary>The reader is about to wait.</summary>
    public void Arm() => isAwaited = true;

    /// <summary>Waits for the first <see cref="Set"/> since <see cref="Arm"/>. Called once for each; by the reader, without the lock.</summary>
    public ValueTask WaitAsync() => new(this, core.Version);

    /// <summary>Wakes the reader where it waits; it goes on elsewhere.</summary>
    public void Set()
    {
        if (isAwaited)
        {
            isAwaited = false;
            core.SetResult(true);
        }
    }

    void IValueTaskSource.GetResult(short token)
    {
        core.GetResult(token);
        core.Reset();
    }

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => core.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        core.OnCompleted(continuation, state, token, flags);
}
