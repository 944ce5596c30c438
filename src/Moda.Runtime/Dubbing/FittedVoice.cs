using Moda.Runtime.Audio;

namespace Moda.Runtime.Dubbing;

/// <summary>A voice that lasts as long as is wanted: cut off, or with silence behind it. Does not own the voice.</summary>
/// <param name="voice">The voice.</param>
/// <param name="least">Samples that there are at least.</param>
/// <param name="most">Samples that there are at most.</param>
internal sealed class FittedVoice(ISampleReader voice, long least, long most) : IMeasuredReader
{
    private long position;
    private bool hasEnded;

    /// <inheritdoc/>
    public string Description => voice.Description;

    /// <inheritdoc/>
    public int SampleRate => voice.SampleRate;

    /// <inheritdoc/>
    public long? Length => least == most ? most : voice.KnownLength() is { } length ? Math.Clamp(length, least, most) : null;

    /// <inheritdoc/>
    public async ValueTask<int> ReadAsync(Memory<float> destination, CancellationToken cancellationToken = default)
    {
        destination = destination[..(int)Math.Min(destination.Length, most - position)];
        int read = hasEnded || destination.IsEmpty ? 0 : await voice.ReadAsync(destination, cancellationToken).ConfigureAwait(false);
        if (read == 0 && position > 0)
        {
            // A voice without a sample stays one, and is refused.
            hasEnded = true;
            read = (int)Math.Clamp(least - position, 0, destination.Length);
            destination.Span[..read].Clear();
        }

        position += read;
        return read;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
