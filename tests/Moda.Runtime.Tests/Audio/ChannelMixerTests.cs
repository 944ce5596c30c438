using Moda.Runtime.Audio;
using Xunit;

namespace Moda.Runtime.Tests.Audio;

/// <summary>Channels become one without losing what they carry.</summary>
public sealed class ChannelMixerTests
{
    private const int Rate = 16000;

    /// <summary>Each channel: how much of a voice and how much of a second voice it carries.</summary>
    public static TheoryData<double[], double[]> Cancelling => new()
    {
        { [1, -1], [0, 0] },
        { [1, -0.9], [0, 0] },
        { [-0.5, 0.6], [0, 0] },
        { [1, -1, 0, 0], [0, 0, 0.1, 0.1] },
        { [1, -0.5, -0.5], [0, 0, 0] },
        { [1, -1, 1, -1, 0, 0], [0, 0, 0, 0, 0.2, 0] },
    };

    /// <summary>What is not lost in the mean stays the mean.</summary>
    public static TheoryData<double[], double[]> Ordinary => new()
    {
        { [1, 1], [0, 0] },
        { [1, 0], [0, 0] },
        { [1, 0], [0, 1] },
        { [1, 0.5], [-0.2, 0.4] },
        { [0, 0, 1, 0, 0, 0], [0.1, -0.1, 0, 0, 0, 0] },
    };

    [Theory]
    [MemberData(nameof(Cancelling))]
    public void Channels_in_opposite_phase_keep_their_energy(double[] voice, double[] other)
    {
        float[] samples = Samples(voice, other, seconds: 2);

        float[] mono = Mix(samples, voice.Length);

        double loudest = Enumerable.Range(0, voice.Length).Max(channel => Energy(samples.Where((_, n) => n % voice.Length == channel)));
        Assert.True(Energy(mono) * voice.Length * voice.Length >= 0.9 * loudest);
    }

    [Theory]
    [MemberData(nameof(Ordinary))]
    public void Other_channels_are_mixed_by_their_mean_exactly(double[] voice, double[] other)
    {
        float[] samples = Samples(voice, other, seconds: 2);

        Assert.Equal(Means(samples, voice.Length), Mix(samples, voice.Length));
    }

    [Fact]
    public void A_voice_that_changes_its_phase_is_followed_both_ways()
    {
        float[] samples = [.. Samples([1, 1], [0, 0], 1), .. Samples([1, -1], [0, 0], 1), .. Samples([1, 1], [0, 0], 1)];

        float[] mono = Mix(samples, 2);

        // Two tenths of a second after a change may be lost in it.
        for (int tenth = 0; tenth < 30; tenth++)
        {
            double expected = Energy(Enumerable.Range(0, Rate / 10).Select(n => samples[2 * ((tenth * Rate / 10) + n)]));
            double mixed = Energy(mono.AsSpan(tenth * Rate / 10, Rate / 10).ToArray());
            Assert.True(tenth is 10 or 11 or 20 or 21 || mixed >= 0.9 * expected, $"tenth {tenth}: {mixed} of {expected}");
        }
    }

    [Fact]
    public void The_cut_into_calls_does_not_matter()
    {
        float[] samples = [.. Samples([1, -1], [0.1, 0.1], 1), .. Samples([1, 1], [0, 0], 1)];
        float[] whole = Mix(samples, 2);
        ChannelMixer mixer = new(2, Rate);
        float[] parts = new float[whole.Length];
        Random random = new(3);
        for (int start = 0; start < parts.Length;)
        {
            int count = Math.Min(random.Next(1, 300), parts.Length - start);
            mixer.Mix(samples.AsSpan(2 * start, 2 * count), parts.AsSpan(start, count));
            start += count;
        }

        Assert.Equal(whole, parts);
    }

    [Fact]
    public void Silence_and_samples_that_are_no_numbers_pass()
    {
        Assert.All(Mix(new float[2000], 2), sample => Assert.Equal(0, sample));
        Assert.True(float.IsNaN(Mix([float.NaN, 0, .. new float[2000]], 2)[0]));
    }

    private static float[] Mix(float[] samples, int channels)
    {
        float[] mono = new float[samples.Length / channels];
        new ChannelMixer(channels, Rate).Mix(samples, mono);
        return mono;
    }

    private static float[] Means(float[] samples, int channels) =>
        [.. samples.Chunk(channels).Select(instant => (float)(instant.Sum(sample => (double)sample) / channels))];

    private static double Energy(IEnumerable<float> samples) => samples.Sum(sample => (double)sample * sample);

    private static float[] Samples(double[] voice, double[] other, int seconds)
    {
        float[] samples = new float[seconds * Rate * voice.Length];
        for (int n = 0; n < seconds * Rate; n++)
        {
            double loudness = 0.5 + (0.4 * Math.Sin(n * 0.002));
            double first = loudness * Math.Sin((n * 0.08) + Math.Sin(n * 0.001));
            double second = loudness * Math.Sin(n * 0.131);
            for (int channel = 0; channel < voice.Length; channel++)
            {
                samples[(n * voice.Length) + channel] = (float)((voice[channel] * first) + (other[channel] * second));
            }
        }

        return samples;
    }
}
