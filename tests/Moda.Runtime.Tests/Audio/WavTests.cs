using Moda.Runtime.Audio;
using Moda.Testing;
using Moda.Testing.Audio;
using Xunit;

namespace Moda.Runtime.Tests.Audio;

public sealed class WavTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, byte[], int, int, float[]> Encodings => new()
    {
        { "8 bit", [0, 128, 255, 64], WavBytes.IntegerTag, 1, [-1, 0, 127 / 128f, -0.5f] },
        { "16 bit", WavBytes.Pcm16(-32768, 0, 32767, 16384), WavBytes.IntegerTag, 2, [-1, 0, 32767 / 32768f, 0.5f] },
        { "24 bit", [0, 0, 0x80, 0xFF, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0, 0, 0x40], WavBytes.IntegerTag, 3, [-1, 8388607 / 8388608f, -1 / 8388608f, 0.5f] },
        { "32 bit", [0, 0, 0, 0x80, 0, 0, 0, 0x40, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0x7F], WavBytes.IntegerTag, 4, [-1, 0.5f, 0, 1] },
        { "float 32", WavBytes.Float32(-1.5f, 0.25f, 1e-20f), WavBytes.FloatingPointTag, 4, [-1.5f, 0.25f, 1e-20f] },
        { "float 64", WavBytes.Float64(-0.75, 1.0 / 3), WavBytes.FloatingPointTag, 8, [-0.75f, 1 / 3f] },
    };

    [Theory]
    [MemberData(nameof(Encodings))]
    public async Task Every_encoding_gives_its_samples(string name, byte[] samples, int tag, int bytesPerSample, float[] expected)
    {
        await AssertSamplesAsync(expected, WavBytes.Build(samples, tag, bytesPerSample: bytesPerSample));
        await AssertSamplesAsync(expected, WavBytes.Build(samples, tag, bytesPerSample: bytesPerSample, extensible: true));
        Assert.NotEmpty(name);
    }

    [Fact]
    public async Task Channels_are_mixed_by_their_mean()
    {
        await AssertSamplesAsync([0.25f, -0.5f], WavBytes.Build(WavBytes.Pcm16(16384, 0, -32768, 0), channels: 2));
        await AssertSamplesAsync([0.5f], WavBytes.Build(WavBytes.Float32(0, 0, 1.5f), WavBytes.FloatingPointTag, channels: 3, bytesPerSample: 4));
    }

    [Fact]
    public async Task Chunks_around_the_format_are_skipped()
    {
        await AssertSamplesAsync([0.5f, -0.5f], WavBytes.Build(WavBytes.Pcm16(16384, -16384), listChunks: true));
    }

    [Fact]
    public async Task What_follows_the_samples_is_not_read_as_samples()
    {
        byte[] file = [.. WavBytes.Build(WavBytes.Pcm16(16384)), .. "LIST"u8, 4, 0, 0, 0, 1, 2, 3, 4];

        await AssertSamplesAsync([0.5f], file);
    }

    [Theory]
    [InlineData(1_000_000u)]
    [InlineData(uint.MaxValue)]
    [InlineData(0u)]
    public async Task A_file_that_ends_early_gives_the_samples_that_it_has(uint announced)
    {
        // Half a stereo frame is left at the end.
        byte[] samples = [.. WavBytes.Pcm16(16384, 16384, -16384, -16384, 1, 1)];

        await AssertSamplesAsync([0.5f, -0.5f], WavBytes.Build(samples.AsSpan(0, 11), channels: 2, announcedBytes: announced));
    }

    [Fact]
    public async Task A_truncated_header_is_an_error()
    {
        byte[] file = WavBytes.Build(WavBytes.Pcm16(1, 2, 3));
        foreach (int length in new[] { 12, 17, 30, 40 })
        {
            AudioException error = await Assert.ThrowsAsync<AudioException>(() => ReadAsync(file[..length]));
            Assert.Contains("ends before its samples", error.Message);
        }
    }

    [Fact]
    public async Task Samples_before_their_format_are_an_error()
    {
        byte[] file = [.. "RIFF"u8, 0, 0, 0, 0, .. "WAVEdata"u8, 2, 0, 0, 0, 1, 1];

        AudioException error = await Assert.ThrowsAsync<AudioException>(() => ReadAsync(file));

        Assert.Contains("fmt", error.Message);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(999)]
    [InlineData(400_000)]
    public async Task A_rate_outside_what_can_be_read_is_named(int rate)
    {
        AudioException error = await Assert.ThrowsAsync<AudioException>(
            () => ReadAsync(WavBytes.Build(WavBytes.Pcm16(1, 2, 3), sampleRate: rate)));

        Assert.Contains($"{rate} samples in a second", error.Message);
    }

    [Fact]
    public async Task A_long_sizes_header_is_read()
    {
        byte[] plain = WavBytes.Build(WavBytes.Pcm16(16384, -16384, 8192), announcedBytes: uint.MaxValue);
        byte[] file = [.. "RF64"u8, .. plain[4..12], .. "ds64"u8, 28, 0, 0, 0, .. new byte[8], 4, .. new byte[19], .. plain[12..]];

        await AssertSamplesAsync([0.5f, -0.5f], file);
    }

    private static async Task AssertSamplesAsync(float[] expected, byte[] file) => Assert.Equal(expected, await ReadAsync(file));

    private static async Task<float[]> ReadAsync(byte[] file)
    {
        using TemporaryFolder folder = new();
        string path = folder.File("a.wav");
        await File.WriteAllBytesAsync(path, file, Token);
        return (await Waveform.ReadAsync(path, cancellationToken: Token)).Samples.ToArray();
    }
}
