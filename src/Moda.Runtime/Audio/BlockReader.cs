namespace Moda.Runtime.Audio;

/// <summary>Samples that come in blocks of any length, as a program makes or receives them.</summary>
/// <param name="blocks">Interleaved samples, full scale -1..1; a block may end between two channels. Enumerated once.</param>
/// <param name="sampleRate">Samples of a channel in a second.</param>
/// <param name="channels">Samples that are heard at once.</param>
/// <param name="description">What they are, for messages.</param>
internal sealed class BlockReader(IAsyncEnumerable<ReadOnlyMemory<float>> blocks, int sampleRate, int channels, string description) : IChannelReader
{
    private IAsyncEnumerator<ReadOnlyMemory<float>>? enumerator;
    private ReadOnlyMemory<float> block;

    public string Description => description;

    public int SampleRate => sampleRate;

    public int Channels => channels;

    public async ValueTask<int> ReadAsync(Memory<float> destination, CancellationToken cancellationToken = default)
    {
        // Only the first read's token reaches the blocks' source, as enumerators take one token for their life.
        enumerator ??= blocks.GetAsyncEnumerator(cancellationToken);
        Memory<float> wanted = destination[..(destination.Length / channels * channels)];
        int filled = 0;
        while (true)
        {
            int count = Math.Min(block.Length, wanted.Length - filled);
            block[..count].CopyTo(wanted[filled..]);
            block = block[count..];
            filled += count;

            // What is there is given at once: the next block may be long in coming.
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
