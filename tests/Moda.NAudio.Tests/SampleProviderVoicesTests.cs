using Moda.Runtime.Audio;
using NAudio.Wave;
using NAudio.Wave.SampleProviders;
using Xunit;

namespace Moda.NAudio.Tests;

/// <summary>Voices from NAudio: the same samples, at their rate or as speech.</summary>
public sealed class SampleProviderVoicesTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_sound_keeps_rate_channels_and_length()
    {
        await using SoundTrack sound = await Tone(44_100, 2, seconds: 1.5).ToSoundTrackAsync(Token);

        Assert.Equal((44_100, 2), (sound.SampleRate, sound.Channels));
        Assert.Equal(1.5, sound.Duration.TotalSeconds, 3);
    }

    [Fact]
    public async Task Speech_is_the_provider_s_own_samples_where_rate_and_channels_fit()
    {
        float[] expected = new float[16_000];
        Assert.Equal(expected.Length, Tone(16_000, 1, seconds: 1).Read(expected));

        await using ISampleReader speech = Tone(16_000, 1, seconds: 1).OpenSpeech();
        Assert.Equal(expected, await ReadAsync(speech));
    }

    [Fact]
    public async Task Speech_of_another_rate_is_resampled_and_mixed()
    {
        await using ISampleReader speech = Tone(48_000, 2, seconds: 1).OpenSpeech();
        float[] samples = await ReadAsync(speech);

        Assert.InRange(samples.Length, 15_990, 16_010);
        Assert.Equal(440, Crossings(samples) / 2.0, 3.0);
    }

    [Fact]
    public async Task A_provider_that_gives_little_at_a_time_loses_nothing()
    {
        var slow = new Trickle(Tone(16_000, 1, seconds: 0.5));
        await using SoundTrack sound = await slow.ToSoundTrackAsync(Token);

        Assert.Equal(0.5, sound.Duration.TotalSeconds, 3);
    }

    [Fact]
    public async Task Cancelling_ends_a_provider_that_never_ends()
    {
        using var cancellation = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        var endless = new SignalGenerator(16_000, 1);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => endless.ToSoundTrackAsync(cancellation.Token));
    }

    [Fact]
    public async Task A_provider_that_fails_says_so_itself()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(() => new Broken().ToSoundTrackAsync(Token));
    }

    private static ISampleProvider Tone(int rate, int channels, double seconds) =>
        new SignalGenerator(rate, channels) { Frequency = 440, Gain = 0.5 }.Take(TimeSpan.FromSeconds(seconds));

    private static int Crossings(float[] samples) => samples.Zip(samples.Skip(1)).Count(pair => pair.First < 0 != pair.Second < 0);

    private static async Task<float[]> ReadAsync(ISampleReader reader)
    {
        var all = new List<float>();
        float[] block = new float[1000];
        int count;
        while ((count = await reader.ReadAsync(block, Token)) > 0)
        {
            all.AddRange(block.AsSpan(0, count));
        }

        return [.. all];
    }

    private sealed class Trickle(ISampleProvider source) : ISampleProvider
    {
        public WaveFormat WaveFormat => source.WaveFormat;

        public int Read(Span<float> buffer) => source.Read(buffer[..Math.Min(buffer.Length, 77)]);
    }

    private sealed class Broken : ISampleProvider
    {
        public WaveFormat WaveFormat { get; } = WaveFormat.CreateIeeeFloatWaveFormat(16_000, 1);

        public int Read(Span<float> buffer) => throw new InvalidOperationException("The device is gone.");
    }
}
