using Moda.Onnx.Voices;
using Moda.Parity.Cases;
using Moda.Runtime.Audio;
using Moda.Testing;
using Xunit;

namespace Moda.Onnx.Tests.Voices;

/// <summary>What audio-separator 0.17.2 computes of the same sounds with the same networks.</summary>
public sealed class VocalParityTests
{
    private const double Tolerance = 1e-4;

    [Theory]
    [InlineData("loud")]
    [InlineData("quiet")]
    [InlineData("short")]
    public async Task The_voice_of_a_sound_is_the_reference_s(string name)
    {
        using ReferenceCase reference = Open("vocal_separation.any");
        using var separator = new VocalSeparator(Network("standin"));

        (float[] left, float[] right) = await SeparateAsync(separator, reference, name);

        RequireClose(reference, $"vocals.{name}", [.. left, .. right]);
        if (name == "loud")
        {
            // As the reference writes them to a file of 16 bits.
            float[] expected = reference.Output("pcm16.loud").Values;
            float[] found = [.. Enumerable.Range(0, expected.Length).Select(n => MathF.Truncate((n % 2 == 0 ? left : right)[n / 2] * short.MaxValue))];
            Assert.InRange(RelativeError.Between(found, expected), 0, Tolerance);
        }
    }

    [Fact]
    public void A_chunk_is_transformed_as_by_the_reference()
    {
        using ReferenceCase reference = Open("vocal_separation.any");
        using var network = new VocalNetwork(Network("standin"), new VocalSeparatorOptions());
        SpectrogramForm form = network.Form;
        Assert.Equal((7680, 3072, 256, 261120, 3840), (form.FftLength, form.Frequencies, form.Frames, form.ChunkLength, form.Margin));
        float[] mix = reference.Input("mix.loud").Values;
        float peak = SamplePeak.Of(mix);
        int second = form.ChunkLength * 3 / 4 - form.Margin;
        float[] Chunk(int channel) => [.. Enumerable.Range(second, form.ChunkLength)
            .Select(n => n < mix.Length / 2 ? mix[channel * (mix.Length / 2) + n] * (0.9f / peak) : 0)];

        var spectrogram = new Spectrogram(form);
        float[] values = new float[form.ValueCount];
        spectrogram.Analyze(Chunk(0), Chunk(1), values);
        RequireClose(reference, "spectrogram.1", values);

        float[] prediction = new float[form.ValueCount];
        network.Run(values, prediction, TestContext.Current.CancellationToken);
        RequireClose(reference, "prediction.1", prediction);

        float[] left = new float[form.ChunkLength];
        float[] right = new float[form.ChunkLength];
        spectrogram.Synthesize(prediction, left, right);
        RequireClose(reference, "chunk.1", [.. left, .. right]);
    }

    // Files as they are published: batch norm folded or not, group norm as Reshape and InstanceNormalization.
    [Theory]
    [InlineData("tdf_batchnorm")]
    [InlineData("tdf_groupnorm")]
    public void A_network_of_the_published_kind_computes_what_the_reference_computes(string name)
    {
        using ReferenceCase reference = Open($"vocal_separation_network.{name}.any");
        using var network = new VocalNetwork(Network(name), new VocalSeparatorOptions());
        float[] output = new float[network.Form.ValueCount];

        network.Run(reference.Input("input").Values, output, TestContext.Current.CancellationToken);

        RequireClose(reference, "output", output);
    }

    private static async Task<(float[] Left, float[] Right)> SeparateAsync(VocalSeparator separator, ReferenceCase reference, string name)
    {
        float[] mix = reference.Input($"mix.{name}").Values;
        int count = mix.Length / 2;
        await using SoundTrack sound = await GeneratedSound.KeepAsync(44100, 2, count, (channel, n) => mix[channel * count + n]);
        await using SoundTrack voice = await separator.SeparateAsync(sound, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal((44100, 2, sound.Duration), (voice.SampleRate, voice.Channels, voice.Duration));
        return (await GeneratedSound.ReadAsync(voice, 0), await GeneratedSound.ReadAsync(voice, 1));
    }

    private static void RequireClose(ReferenceCase reference, string output, float[] found)
    {
        float[] expected = reference.Output(output).Values;
        int stride = reference.OutputStride(output);
        float[] kept = [.. Enumerable.Range(0, expected.Length).Select(n => found[n * stride])];
        double error = RelativeError.Between(kept, expected);
        TestContext.Current.TestOutputHelper?.WriteLine($"{output}: {error:0.00e+00}");
        Assert.Equal((found.Length + stride - 1) / stride, expected.Length);
        Assert.InRange(error, 0, Tolerance);
    }

    private static ReferenceCase Open(string name) => ReferenceCase.Open(TestData.Path("voices", "cases", name + ".safetensors"));

    private static string Network(string name) => TestData.Path("voices", "fixtures", "separation", name + ".onnx");
}
