using Moda.Runtime.Audio;
using Moda.Runtime.Sampling;
using Xunit;

namespace Moda.Runtime.Tests.Live;

/// <summary>The statistics of a voice follow it, and silence leaves them alone.</summary>
public sealed class RunningStatisticsTests
{
    private const int Lags = 10;
    private const int FrameLength = AudioPreparation.SamplesPerFrame;

    [Theory]
    [InlineData(0.5f)]
    [InlineData(0.05f)]
    [InlineData(0.002f)]
    public void A_voice_is_known_after_some_seconds(float loudness)
    {
        float[] voice = Voice(10 * Waveform.SampleRate, loudness);

        SampleStatistics known = After(voice);

        double[] expected = [.. Enumerable.Range(0, Lags).Select(lag =>
            Enumerable.Range(lag, voice.Length - lag).Average(n => (double)voice[n] * voice[n - lag]))];
        Assert.InRange(known.Variance / expected[0], 0.7, 1.4);
        for (int lag = 1; lag < Lags; lag++)
        {
            Assert.Equal(expected[lag] / expected[0], known.Autocovariance[lag] / known.Variance, 0.05);
        }
    }

    [Fact]
    public void First_words_are_neither_blown_up_nor_lost()
    {
        SampleStatistics quiet = After(Voice(2 * FrameLength, 0.01f));
        SampleStatistics loud = After(Voice(2 * FrameLength, 0.5f));

        Assert.InRange(loud.Variance / quiet.Variance, 2, 0.25 / 0.0001);
    }

    [Fact]
    public void Silence_and_noise_change_nothing()
    {
        float[] voice = Voice(2 * Waveform.SampleRate, 0.1f);

        SampleStatistics known = After(voice);
        SampleStatistics later = After([.. voice, .. new float[5 * Waveform.SampleRate], .. Voice(5 * Waveform.SampleRate, 0.001f)]);

        Assert.Equal(known.Variance, later.Variance);
        Assert.Equal(known.Autocovariance, later.Autocovariance);
    }

    [Fact]
    public void A_louder_voice_takes_over()
    {
        float[] first = Voice(20 * Waveform.SampleRate, 0.05f);
        float[] second = Voice(20 * Waveform.SampleRate, 0.4f);

        SampleStatistics known = After([.. first, .. second]);

        Assert.InRange(Math.Sqrt(known.Variance), 0.3, 0.4);
    }

    private static SampleStatistics After(float[] voice)
    {
        var running = new RunningStatistics(Lags);
        foreach (float[] frame in voice.Chunk(FrameLength))
        {
            running.Add(frame);
        }

        return running.Snapshot();
    }

    // Noise of a deviation, whose neighbouring samples are alike.
    private static float[] Voice(int count, float loudness)
    {
        const float Likeness = 0.8f;
        float[] samples = new float[count];
        new PhiloxNormal(Seed: 1, Stream: 2).Fill(samples);
        for (int n = 1; n < count; n++)
        {
            samples[n] = (Likeness * samples[n - 1]) + (MathF.Sqrt(1 - (Likeness * Likeness)) * samples[n]);
        }

        return [.. samples.Select(sample => loudness * sample)];
    }
}
