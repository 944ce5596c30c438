namespace Moda.Runtime.Audio;

/// <summary>Reads all channels, mixed to one by <see cref="ChannelMixer"/>.</summary>
/// <param name="source">The source. The new object disposes it.</param>
internal sealed class MonoMix(IChannelReader source) : ISampleReader
{
    private const int BlockLength = 4096;

    private readonly float[] block = new float[BlockLength * source.Channels];
    private readonly ChannelMixer mixer = new(source.Channels, source.SampleRate);

    public string Description => source.Description;

    public int SampleRate => source.SampleRate;

    public async ValueTask<int> ReadAsync(Memory<float> destination, CancellationToken cancellationToken = default)
    {
        int wanted = Math.Min(destination.Length, BlockLength) * source.Channels;
        int read = await source.ReadAsync(block.AsMemory(0, wanted), cancellationToken).ConfigureAwait(false);
        mixer.Mix(block.AsSpan(0, read * source.Channels), destination.Span[..read]);
        return read;
    }

    public ValueTask DisposeAsync() => source.DisposeAsync();
}
