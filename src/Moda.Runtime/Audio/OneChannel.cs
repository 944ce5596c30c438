namespace Moda.Runtime.Audio;

/// <summary>Reads one of several channels.</summary>
/// <param name="source">The source. The new object disposes it.</param>
/// <param name="channel">The index of the channel, from 0.</param>
internal sealed class OneChannel(IChannelReader source, int channel) : ISampleReader
{
    private const int BlockLength = 4096;

    private readonly float[] block = new float[BlockLength * source.Channels];

    public string Description => source.Description;

    public int SampleRate => source.SampleRate;

    public async ValueTask<int> ReadAsync(Memory<float> destination, CancellationToken cancellationToken = default)
    {
        int wanted = Math.Min(destination.Length, BlockLength) * source.Channels;
        int read = await source.ReadAsync(block.AsMemory(0, wanted), cancellationToken).ConfigureAwait(false);
        for (int n = 0; n < read; n++)
        {
            destination.Span[n] = block[n * source.Channels + channel];
        }
        return read;
    }

    public ValueTask DisposeAsync() => source.DisposeAsync();
}
