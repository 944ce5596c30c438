using Moda.Runtime.Audio;
using Xunit;

namespace Moda.Runtime.Tests.Audio;

public sealed class ResamplerTests
{
    /// <summary>Common rates, rates with many phases (44101, 383984 and 383999 take the interpolated taps), up and down.</summary>
    public static TheoryData<int> Rates => [8000, 11025, 12000, 15999, 16001, 22050, 24000, 32000, 44100, 44101, 48000, 96000, 192000, 383_984, 383_999];

    [Theory]
    [MemberData(nameof(Rates))]
    public async Task Sines_in_the_passband_come_out_as_they_are(int rate)
    {
        double band = 0.913 * Math.Min(rate, Waveform.SampleRate) / 2;
        foreach (double frequency in new[] { 0.01 * band, 0.31 * band, 0.77 * band, 0.999 * band })
        {
            float[] output = await ResampleAsync(Sine(rate, frequency), rate);
            double error = LargestError(output, n => Math.Sin(2 * Math.PI * frequency * n / Waveform.SampleRate + 0.3));
            // -100 dB, which also bounds the ripple: 0.0001 dB.
            Assert.True(error < 1e-5, $"{rate} Hz, sine of {frequency:0} Hz: off by {20 * Math.Log10(error):0.0} dB");
        }
    }

    [Theory]
    [InlineData(22050)]
    [InlineData(24000)]
    [InlineData(32000)]
    [InlineData(44100)]
    [InlineData(44101)]
    [InlineData(48000)]
    [InlineData(192000)]
    [InlineData(383_984)]
    [InlineData(383_999)]
    public async Task Sines_above_the_new_band_disappear(int rate)
    {
        foreach (double frequency in new[] { 8001.0, 8000 + 0.2 * (rate / 2.0 - 8000), 0.499 * rate })
        {
            float[] output = await ResampleAsync(Sine(rate, frequency), rate);
            double alias = LargestError(output, _ => 0);
            Assert.True(alias < 1e-5, $"{rate} Hz, sine of {frequency:0} Hz: alias at {20 * Math.Log10(alias):0.0} dB");
        }
    }

    [Theory]
    [InlineData(8000)]
    [InlineData(11025)]
    public async Task Images_above_the_old_band_do_not_appear(int rate)
    {
        // The image of this sine would lie at rate - frequency, inside the new band.
        double frequency = 0.45 * rate;
        float[] output = await ResampleAsync(Sine(rate, frequency), rate);
        double image = Magnitude(output, rate - frequency);

        Assert.True(image < 1e-5, $"image at {20 * Math.Log10(image):0.0} dB");
    }

    [Theory]
    [InlineData(44100, 44100, 16000)]
    [InlineData(44100, 1, 1)]
    [InlineData(48000, 4, 2)]
    [InlineData(8000, 3, 6)]
    [InlineData(44100, 0, 0)]
    [InlineData(16000, 7, 7)]
    [InlineData(44100, 1_000_000, 362_812)]
    public async Task As_many_samples_come_out_as_the_time_takes(int rate, int count, int expected)
    {
        Assert.Equal(expected, (await ResampleAsync(new float[count], rate)).Length);
    }

    [Fact]
    public async Task A_constant_keeps_its_value_and_time_does_not_shift()
    {
        float[] constant = new float[20000];
        Array.Fill(constant, 0.7f);
        float[] output = await ResampleAsync(constant, 44100);
        Assert.True(LargestError(output, _ => 0.7) < 1e-6);

        float[] impulse = new float[44100];
        impulse[22050] = 1;
        float[] response = await ResampleAsync(impulse, 44100);
        Assert.Equal(8000, Array.IndexOf(response, response.Max()));
    }

    [Fact]
    public async Task How_samples_are_asked_for_does_not_matter()
    {
        float[] input = Sine(22050, 1234);
        float[] whole = await ResampleAsync(input, 22050);
        ISampleReader reader = Resampler.Resample(new MemorySampleReader(input, 22050, "a sine"));
        List<float> pieces = [];
        float[] buffer = new float[977];
        int length = 1;
        int read;
        while ((read = await reader.ReadAsync(buffer.AsMemory(0, length), TestContext.Current.CancellationToken)) > 0)
        {
            pieces.AddRange(buffer.AsSpan(0, read));
            length = length % 977 + 1;
        }

        Assert.Equal(whole, pieces);
    }

    [Theory]
    [InlineData(11_024)]
    [InlineData(44_101)]
    [InlineData(383_984)]
    [InlineData(383_999)]
    public void The_filter_of_no_rate_is_large(int rate)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();

        Resampler.Resample(new MemorySampleReader(new float[1], rate, "a sample"));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, 2 << 20);
    }

    private static async Task<float[]> ResampleAsync(float[] samples, int rate) =>
        (await Waveform.ResampleAsync(samples, rate)).Samples.ToArray();

    private static float[] Sine(int rate, double frequency) =>
        [.. Enumerable.Range(0, rate / 2).Select(n => (float)Math.Sin(2 * Math.PI * frequency * n / rate + 0.3))];

    // Away from the ends, where the sine starts and stops.
    private static double LargestError(float[] output, Func<int, double> expected)
    {
        double largest = 0;
        for (int n = output.Length / 4; n < output.Length * 3 / 4; n++)
        {
            largest = Math.Max(largest, Math.Abs(output[n] - expected(n)));
        }
        return largest;
    }

    private static double Magnitude(float[] output, double frequency)
    {
        double cosine = 0;
        double sine = 0;
        double weights = 0;
        int start = output.Length / 4;
        int length = output.Length / 2;
        for (int n = 0; n < length; n++)
        {
            double x = 2 * Math.PI * n / length;
            // A four-term Blackman-Harris window, so that the sine itself does not leak into its image.
            double weight = 0.35875 - 0.48829 * Math.Cos(x) + 0.14128 * Math.Cos(2 * x) - 0.01168 * Math.Cos(3 * x);
            double angle = 2 * Math.PI * frequency * (start + n) / Waveform.SampleRate;
            cosine += weight * output[start + n] * Math.Cos(angle);
            sine += weight * output[start + n] * Math.Sin(angle);
            weights += weight;
        }
        return 2 * Math.Sqrt(cosine * cosine + sine * sine) / weights;
    }
}
