namespace Moda.Runtime.Audio;

/// <summary>
/// The sum of several sounds, from their common start to the end of the longest, at the highest of their rates. If all have the same number
/// of channels, the channels are kept; otherwise each sound is mixed to mono.
/// </summary>
internal sealed class MixedSound : IChannelReader
{
    private const int BlockLength = 4096;

    private readonly ISampleReader[][] sources;
    private readonly float[] block = new float[BlockLength];

    /// <summary>Opens readers of the sounds.</summary>
    /// <param name="tracks">The sounds, at least one. The caller disposes them.</param>
    public MixedSound(IReadOnlyList<SoundTrack> tracks)
    {
        SampleRate = tracks.Max(track => track.SampleRate);
        Channels = tracks.All(track => track.Channels == tracks[0].Channels) ? tracks[0].Channels : 1;
        sources =
        [
            .. tracks.Select(track => Enumerable.Range(0, Channels)
                .Select(channel => track.Channels == Channels ? track.OpenChannel(channel, SampleRate) : track.OpenMono(SampleRate)).ToArray()),
        ];
    }

    /// <inheritdoc/>
    public string Description => "the mix of all voices";

    /// <inheritdoc/>
    public int SampleRate { get; }

    /// <inheritdoc/>
    public int Channels { get; }

    /// <inheritdoc/>
    public async ValueTask<int> ReadAsync(Memory<float> destination, CancellationToken cancellationToken = default)
    {
        int wanted = Math.Min(destination.Length / Channels, BlockLength);
        destination.Span[..(wanted * Channels)].Clear();
        int longest = 0;
        foreach (ISampleReader[] channels in sources)
        {
            for (int channel = 0; channel < channels.Length; channel++)
            {
                int read = await channels[channel].FillAsync(block.AsMemory(0, wanted), cancellationToken).ConfigureAwait(false);
                Add(block.AsSpan(0, read), destination.Span, channel);
                longest = Math.Max(longest, read);
            }
        }

        return longest;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (ISampleReader source in sources.SelectMany(channels => channels))
        {
            await source.DisposeAsync().ConfigureAwait(false);
        }
    }

    private void Add(ReadOnlySpan<float> samples, Span<float> mix, int channel)
    {
        for (int n = 0; n < samples.Length; n++)
        {
            mix[(n * Channels) + channel] += samples[n];
        }
    }
}
