using Moda.Runtime.Audio;

namespace Moda.Onnx.Tests.Voices;

/// <summary>A sound that is computed while it is read.</summary>
/// <param name="sampleRate">Samples of a channel in a second.</param>
/// <param name="channels">How many there are.</param>
/// <param name="count">Samples of a channel.</param>
/// <param name="sample">The value of a channel's n-th sample.</param>
internal sealed class GeneratedSound(int sampleRate, int channels, long count, Func<int, long, float> sample) : IChannelReader
{
    private long position;

    public string Description => "a generated sound";

    public int SampleRate => sampleRate;

    public int Channels => channels;

    public static Task<SoundTrack> KeepAsync(int sampleRate, int channels, long count, Func<int, long, float> sample) =>
        SoundTrack.KeepAsync(new GeneratedSound(sampleRate, channels, count, sample), float.PositiveInfinity, CancellationToken.None);

    /// <summary>All samples of one channel of a track, at the track's rate.</summary>
    public static async Task<float[]> ReadAsync(SoundTrack track, int channel)
    {
        await using ISampleReader reader = track.OpenChannel(channel, track.SampleRate);
        return await reader.ReadToEndAsync();
    }

    public ValueTask<int> ReadAsync(Memory<float> destination, CancellationToken cancellationToken = default)
    {
        int read = (int)Math.Min(count - position, destination.Length / channels);
        for (int n = 0; n < read; n++)
        {
            for (int channel = 0; channel < channels; channel++)
            {
                destination.Span[n * channels + channel] = sample(channel, position + n);
            }
        }

        position += read;
        return ValueTask.FromResult(read);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
