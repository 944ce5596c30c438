namespace Moda.Runtime.Audio;

/// <summary>Samples that a program creates or receives in blocks of any length.</summary>
/// <param name="blocks">Interleaved samples, full scale -1..1; a block may end between two channels. The sequence is enumerated once.</param>
/// <param name="sampleRate">Samples per second of each channel.</param>
/// <param name="channels">The number of channels.</param>
/// <param name="description">A description of the samples, for messages.</param>
internal sealed class BlockReader(IAsyncEnumerable<ReadOnlyMemory<float>> blocks, int sampleRate, int channels, string description) : IChannelReader
{
    private IAsyncEnumerator<ReadOnlyMemory<float>>? enumerator;
    private ReadOnlyMemory<float> block;

    public string Description => description;

    public int SampleRate => sampleRate;

    public int Channels => channels;

    public async ValueTask<int> ReadAsync(Memory<float> destination, CancellationToken cancellationToken = default)
    {
        // An enumerator takes one token for its whole life, so only the token of the first read reaches the source of the blocks.
        enumerator ??= blocks.GetAsyncEnumerator(cancellationToken);
        Memory<float> wanted = destination[..(destination.Length / channels * channels)];
        int filled = 0;
        while (true)
        {
            int count = Math.Min(block.Length, wanted.Length - filled);
            block[..count].CopyTo(wanted[filled..]);
            block = block[count..];
            filled += count;

            // Samples that have arrived are returned at once, because the next block may take long.
            if (filled > 0 && filled % channels == 0)
            {
                return filled / channels;
            }

            if (!await enumerator.MoveNextAsync().ConfigureAwait(false))
            {
                return filled / channels;
            }

            block = enumerator.Current;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (enumerator is not null)
        {
            await enumerator.DisposeAsync().ConfigureAwait(false);
        }
    }
}
