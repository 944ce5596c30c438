using System.Runtime.InteropServices;
using Moda.Runtime.Audio;
using Xunit;

namespace Moda.Runtime.Tests.Audio;

/// <summary>Voices that are heard at once.</summary>
public sealed class MixedSoundTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Voices_are_added_up_to_the_end_of_the_longest()
    {
        await using SoundTrack mix = await MixAsync(Constant(0.25f, 20000, 1), Constant(0.5f, 16000, 1));

        float[] samples = await SamplesAsync(mix);

        Assert.Equal(20000, samples.Length);
        Assert.All(samples[..16000], sample => Assert.Equal(0.75f, sample));
        Assert.All(samples[16000..], sample => Assert.Equal(0.25f, sample));
    }

    [Fact]
    public async Task What_goes_beyond_full_scale_is_scaled_down_as_a_whole()
    {
        await using SoundTrack mix = await MixAsync(Constant(0.8f, 16000, 1), Constant(0.8f, 8000, 1));

        float[] samples = await SamplesAsync(mix);

        Assert.Equal(1, samples[0], 1e-6f);
        Assert.Equal(0.5, samples[^1], 1e-6f);
    }

    [Theory]
    [InlineData(2, 2, 2)]
    [InlineData(2, 1, 1)]
    public async Task Channels_are_kept_where_all_voices_have_as_many(int one, int other, int expected)
    {
        await using SoundTrack mix = await MixAsync(Constant(0.25f, 16000, one), Constant(0.25f, 16000, other));

        Assert.Equal(expected, mix.Channels);
        Assert.Equal(16000, mix.SampleRate);
        Assert.Equal(1, mix.Duration.TotalSeconds);
    }

    [Fact]
    public async Task No_voice_is_refused() => await Assert.ThrowsAsync<ArgumentException>(() => SoundTrack.MixAsync([], Token));

    private static async Task<SoundTrack> MixAsync(params IChannelReader[] readers)
    {
        var tracks = new List<SoundTrack>();
        try
        {
            foreach (IChannelReader reader in readers)
            {
                tracks.Add(await SoundTrack.KeepAsync(reader, float.PositiveInfinity, Token));
            }

            return await SoundTrack.MixAsync(tracks, Token);
        }
        finally
        {
            foreach (SoundTrack track in tracks)
            {
                await track.DisposeAsync();
            }
        }
    }

    private static async Task<float[]> SamplesAsync(SoundTrack track) =>
        MemoryMarshal.Cast<byte, float>(await File.ReadAllBytesAsync(track.Path, Token)).ToArray();

    private static ConstantSound Constant(float value, int count, int channels) => new(value, count, channels);

    private sealed class ConstantSound(float value, int count, int channels) : IChannelReader
    {
        private int left = count;

        public string Description => "a constant";

        public int SampleRate => 16000;

        public int Channels => channels;

        public ValueTask<int> ReadAsync(Memory<float> destination, CancellationToken cancellationToken = default)
        {
            int read = Math.Min(left, destination.Length / channels);
            destination.Span[..(read * channels)].Fill(value);
            left -= read;
            return ValueTask.FromResult(read);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
