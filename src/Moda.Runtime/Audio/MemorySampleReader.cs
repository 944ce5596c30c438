namespace Moda.Runtime.Audio;

/// <summary>Reads samples from memory.</summary>
internal sealed class MemorySampleReader(ReadOnlyMemory<float> samples, int sampleRate, string description) : IMeasuredReader
{
    private int position;

    public string Description => description;

    public int SampleRate => sampleRate;

    public long? Length => samples.Length;

    public ValueTask<int> ReadAsync(Memory<float> destination, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        int count = Math.Min(destination.Length, samples.Length - position);
        samples.Slice(position, count).CopyTo(destination);
        position += count;
        return ValueTask.FromResult(count);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
