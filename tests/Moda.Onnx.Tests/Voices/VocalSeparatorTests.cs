using Moda.Onnx.Voices;
using Moda.Runtime.Audio;
using Moda.Testing;
using Moda.Testing.FaceModels;
using Xunit;

namespace Moda.Onnx.Tests.Voices;

/// <summary>What goes in and comes out, with small networks that give back what they get.</summary>
public sealed class VocalSeparatorTests : IDisposable
{
    private static readonly VocalSeparatorOptions Small = new() { FftLength = 2048, Frequencies = 1000, Threads = 1 };

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(16000, 1)]
    [InlineData(44100, 1)]
    [InlineData(44100, 2)]
    [InlineData(48000, 2)]
    [InlineData(32000, 6)]
    public async Task A_voice_is_as_long_as_its_sound_and_at_the_same_time(int sampleRate, int channels)
    {
        int count = sampleRate * 2 + 321;
        await using SoundTrack sound = await GeneratedSound.KeepAsync(sampleRate, channels, count, (channel, n) => Tone(channels == 2 ? channel : 0, n, sampleRate));

        await using SoundTrack voice = await SeparateAsync(sound);

        Assert.Equal((44100, 2), (voice.SampleRate, voice.Channels));
        Assert.Equal(sound.Duration.TotalSeconds, voice.Duration.TotalSeconds, 1.0 / 44100);
        for (int channel = 0; channel < 2; channel++)
        {
            float[] samples = await GeneratedSound.ReadAsync(voice, channel);
            // The ends of a tone are clicks, of which some lies beyond the network's frequencies.
            const int Click = 2048;
            int heard = channels == 2 ? channel : 0;
            for (int n = Click; n < samples.Length - Click; n += 7)
            {
                Assert.Equal(1.009f * Tone(heard, n, 44100), samples[n], 2e-3);
            }
        }
    }

    [Fact]
    public async Task A_loud_sound_gives_a_voice_of_nine_tenths_and_stays_as_it_is()
    {
        await using SoundTrack sound = await GeneratedSound.KeepAsync(44100, 1, 50000, (_, n) => 4 * Tone(0, n, 44100));

        await using SoundTrack voice = await SeparateAsync(sound);

        Assert.Equal(0.9f, SamplePeak.Of(await GeneratedSound.ReadAsync(voice, 0)), 1e-6);
        Assert.Equal(2f, SamplePeak.Of(await GeneratedSound.ReadAsync(sound, 0)), 1e-2);
    }

    // One sample more or less than whole chunks, steps and what they have between their margins; shorter than a chunk.
    [Theory]
    [InlineData(1764)]
    [InlineData(13312)]
    [InlineData(13313)]
    [InlineData(15360)]
    [InlineData(2 * 13312 - 1)]
    [InlineData(2 * 11520 - 1024)]
    [InlineData(2 * 11520 - 1023)]
    [InlineData(4 * 11520)]
    public async Task Every_length_is_whole(int count)
    {
        await using SoundTrack sound = await GeneratedSound.KeepAsync(44100, 2, count, (channel, n) => Tone(channel, n, 44100));

        await using SoundTrack voice = await SeparateAsync(sound);

        float[] samples = await GeneratedSound.ReadAsync(voice, 1);
        Assert.Equal(count, samples.Length);
        for (int n = 700; n < count - 700; n++)
        {
            Assert.Equal(1.009f * Tone(1, n, 44100), samples[n], 2e-2);
        }
    }

    [Fact]
    public async Task Progress_ends_with_the_whole_sound()
    {
        await using SoundTrack sound = await GeneratedSound.KeepAsync(44100, 1, 3 * 44100, (_, n) => Tone(0, n, 44100));
        using var separator = new VocalSeparator(Identity(), Small);
        var told = new List<TimeSpan>();

        await using SoundTrack voice = await separator.SeparateAsync(sound, new Listener(told.Add), TestContext.Current.CancellationToken);

        Assert.Equal(told.Order(), told);
        Assert.True(told.Count > 5);
        Assert.Equal(3, told[^1].TotalSeconds, 1e-6);
    }

    [Fact]
    public async Task A_separation_can_be_cancelled_and_another_goes_on()
    {
        await using SoundTrack sound = await GeneratedSound.KeepAsync(44100, 1, 10 * 44100, (_, n) => Tone(0, n, 44100));
        using var separator = new VocalSeparator(Identity(), Small);
        using var cancellation = new CancellationTokenSource();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => separator.SeparateAsync(sound, new Listener(_ => cancellation.Cancel()), cancellation.Token));

        await using SoundTrack voice = await SeparateAsync(sound);
        Assert.Equal(sound.Duration, voice.Duration);
    }

    [Fact]
    public void Another_network_is_refused_with_what_was_found_and_expected()
    {
        AssertRefused(Write("faces", [1, 3, 192, 192], [1, 212]), "one input [1, 3, 192, 192] and one output [1, 212], but", "[N, 4, 3072, frames]", "Kim_Vocal_2.onnx");
        AssertRefused(Write("instrumental", [-1, 4, 2048, 256], [-1, 4, 2048, 256]), "one input [?, 4, 2048, 256]", "[N, 4, 3072, frames]");
        AssertRefused(Write("endless", [1, 4, 3072, 1 << 30], [1, 4, 3072, 1 << 30]), "1073741824] and", "2 to 4096 frames");
        AssertRefused(Write("open", [-1, 4, 3072, -1], [-1, 4, 3072, -1]), "[?, 4, 3072, ?] and");
        AssertRefused(Write("short", [1, 4, 3072, 8], [1, 4, 3072, 8]), "8 frames at once, which are too few for transforms of 7680 samples");
    }

    [Fact]
    public void Files_that_are_no_networks_are_named_as_what_they_are()
    {
        AssertRefused(folder.File("missing.onnx"), "there is no such file");
        AssertRefused(Text("pointer.onnx", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 66759214\n"), "Git LFS pointer", "git lfs pull");
        AssertRefused(Text("page.onnx", "<!DOCTYPE html><html><body>Sign in</body></html>"), "web page (HTML)");
        AssertRefused(Text("answer.onnx", "Entry not found"), "short text");
        AssertRefused(Text("empty.onnx", ""), "empty");
        AssertRefused(TestData.Path("voices", "cases", "vocal_separation.any.safetensors"), "safetensors file, but an ONNX model is needed");
        byte[] network = File.ReadAllBytes(TestData.Path("voices", "fixtures", "separation", "tdf_batchnorm.onnx"));
        File.WriteAllBytes(folder.File("half.onnx"), network.AsSpan(0, network.Length / 2));
        AssertRefused(folder.File("half.onnx"), "it is damaged, or no ONNX model");
    }

    [Fact]
    public void A_model_without_an_input_is_named()
    {
        var writer = new OnnxModelWriter();
        writer.Operation("Identity", "output", [writer.Constant("values", [1], 1)]);
        writer.Output("output", 1);
        writer.Save(folder.File("constant.onnx"));
        AssertRefused(folder.File("constant.onnx"), "it has no input");
    }

    [Fact]
    public async Task Values_that_are_not_finite_are_refused()
    {
        var writer = new OnnxModelWriter();
        writer.Operation("Log", "output", [writer.Input("input", 1, 4, 1000, 16)]);
        writer.Output("output", 1, 4, 1000, 16);
        writer.Save(folder.File("log.onnx"));
        using var separator = new VocalSeparator(folder.File("log.onnx"), Small);
        await using SoundTrack sound = await GeneratedSound.KeepAsync(44100, 1, 44100, (_, n) => Tone(0, n, 44100));

        OnnxModelException error = await Assert.ThrowsAsync<OnnxModelException>(() => separator.SeparateAsync(sound, cancellationToken: TestContext.Current.CancellationToken));

        Assert.Contains("not finite", error.Message);
    }

    [Fact]
    public void Options_that_mean_nothing_are_refused()
    {
        string network = Identity();
        foreach (VocalSeparatorOptions options in (VocalSeparatorOptions[])
            [
                Small with { FftLength = 2046 }, Small with { FftLength = 2050 }, Small with { FftLength = 1 << 17 }, Small with { Frequencies = 1025 },
                Small with { Frequencies = 3 }, Small with { Compensation = float.NaN }, Small with { Compensation = 0 }, Small with { Threads = -1 }, Small with { CudaDevice = -1 },
            ])
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => new VocalSeparator(network, options));
        }
    }

    [Fact]
    public void A_gpu_is_refused_where_this_runtime_has_none()
    {
        Assert.SkipWhen(VocalSeparator.HasCuda, "this ONNX Runtime has a CUDA provider");

        OnnxModelException error = Assert.Throws<OnnxModelException>(() => new VocalSeparator(Identity(), Small with { CudaDevice = 0 }));

        Assert.Contains("Microsoft.ML.OnnxRuntime.Gpu", error.Message);
    }

    /// <summary>Two tones for the left channel, one for the right; below 0.5.</summary>
    private static float Tone(int channel, long n, int sampleRate)
    {
        double time = 2 * Math.PI * n / sampleRate;
        return (float)(channel == 0 ? 0.3 * Math.Sin(440 * time) + 0.2 * Math.Sin(3000 * time) : 0.4 * Math.Sin(1000 * time));
    }

    private async Task<SoundTrack> SeparateAsync(SoundTrack sound)
    {
        using var separator = new VocalSeparator(Identity(), Small);
        return await separator.SeparateAsync(sound, cancellationToken: TestContext.Current.CancellationToken);
    }

    private string Identity() => Write("identity", [-1, 4, 1000, 16], [-1, 4, 1000, 16]);

    /// <summary>A network that gives back its input, whatever shape it declares for its output.</summary>
    private string Write(string name, long[] input, long[] output)
    {
        var writer = new OnnxModelWriter();
        if (output.Length == input.Length)
        {
            writer.Operation("Identity", "output", [writer.Input("input", input)]);
        }
        else
        {
            writer.Slice("part", writer.Reshape("flat", writer.Input("input", input), 1, -1), [0], [output[^1]], [1]);
            writer.Operation("Identity", "output", ["part"]);
        }

        writer.Output("output", output);
        string path = folder.File(name + ".onnx");
        writer.Save(path);
        return path;
    }

    private string Text(string name, string text)
    {
        File.WriteAllText(folder.File(name), text);
        return folder.File(name);
    }

    private static void AssertRefused(string path, params string[] facts)
    {
        OnnxModelException error = Assert.Throws<OnnxModelException>(() => new VocalSeparator(path));
        Assert.Equal(path, error.Path);
        Assert.All(facts.Append($"model '{path}': "), fact => Assert.Contains(fact, error.Message));
        Assert.DoesNotContain('\n', error.Message);
    }

    private sealed class Listener(Action<TimeSpan> hear) : IProgress<TimeSpan>
    {
        public void Report(TimeSpan value) => hear(value);
    }
}
