using Moda.Runtime.Audio;

namespace Moda.Runtime.Sessions;

/// <summary>
/// Reads a caller's voice so that its clip can end at any time: a read that does not look at its cancellation, or blocks its thread, is
/// left to itself. Does not own the voice.
/// </summary>
/// <param name="voice">The voice.</param>
internal sealed class ReleasedReader(ISampleReader voice) : ISampleReader
{
    /// <inheritdoc/>
    public string Description => voice.Description;

    /// <inheritdoc/>
    public int SampleRate => voice.SampleRate;

    /// <inheritdoc/>
    public async ValueTask<int> ReadAsync(Memory<float> destination, CancellationToken cancellationToken = default)
    {
        Task<int> reading = Task.Run(() => voice.ReadAsync(destination, cancellationToken).AsTask(), cancellationToken);
        try
        {
            return await reading.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (!reading.IsCompleted)
            {
                // Its clip has ended, so its failure is observed here and dropped. Else .NET would report it as unobserved.
                _ = reading.ContinueWith(static left => left.Exception, TaskScheduler.Default);
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
