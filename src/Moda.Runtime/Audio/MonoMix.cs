using System.Runtime.CompilerServices;

namespace Moda.Runtime.Audio;

/// <summary>All channels mixed to one by their mean, as the reference's reader does it.</summary>
/// <param name="source">Owned by the new object.</param>
internal sealed class MonoMix(IChannelReader source) : ISampleReader
{
    private const int BlockLength = 4096;

    private readonly float[] block = new float[BlockLength * source.Channels];

    public string Description => source.Description;

    public int SampleRate => source.SampleRate;

    public async ValueTask<int> ReadAsync(Memory<float> destination, CancellationToken cancellationToken = default)
    {
        int wanted = Math.Min(destination.Length, BlockLength) * source.Channels;
        int read = await source.ReadAsync(block.AsMemory(0, wanted), cancellationToken).ConfigureAwait(false);
        Mix(block.AsSpan(0, read * source.Channels), source.Channels, destination.Span[..read]);
        return read;
    }

    public ValueTask DisposeAsync() => source.DisposeAsync();

    /// <summary>Mixes to the mean.</summary>
    /// <param name="samples">[count, channels].</param>
    /// <param name="channels">Samples that are heard at once.</param>
    /// <param name="mono">[count]; may be the start of <paramref name="samples"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Mix(ReadOnlySpan<float> samples, int channels, Span<float> mono)
    {
        for (int n = 0; n < mono.Length; n++)
        {
            double sum = 0;
            foreach (float sample in samples.Slice(n * channels, channels))
            {
                sum += sample;
            }
            mono[n] = (float)(sum / channels);
        }
    }
}
