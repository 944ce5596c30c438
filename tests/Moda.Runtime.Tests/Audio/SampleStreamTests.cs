using Moda.Runtime.Audio;
using Moda.Runtime.Processes;
using Moda.Testing;
using Xunit;

namespace Moda.Runtime.Tests.Audio;

/// <summary>Sound that comes from streams and programs instead of files.</summary>
public sealed class SampleStreamTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 7)]
    [InlineData(2, 3)]
    [InlineData(2, 1000)]
    public async Task Blocks_of_any_length_are_the_same_sound(int channels, int blockLength)
    {
        float[] samples = [.. Enumerable.Range(0, 4000 * channels).Select(n => MathF.Sin(0.01f * n))];

        await using SoundTrack whole = await SoundTrack.FromSamplesAsync(Blocks(samples, samples.Length), 16000, channels, Token);
        await using SoundTrack cut = await SoundTrack.FromSamplesAsync(Blocks(samples, blockLength), 16000, channels, Token);
        float[] expected = await whole.OpenSpeech().ReadToEndAsync(Token);

        Assert.Equal(4000, expected.Length);
        Assert.Equal(channels, cut.Channels);
        Assert.Equal(expected, await cut.OpenSpeech().ReadToEndAsync(Token));
        await using ISampleReader direct = AudioInput.FromSamples(Blocks(samples, blockLength), 16000, channels);
        Assert.Equal(expected, await direct.ReadToEndAsync(Token));
    }

    [Fact]
    public async Task What_has_come_is_given_before_the_next_block()
    {
        var later = new TaskCompletionSource();
        await using ISampleReader reader = AudioInput.FromSamples(Slow(), 16000);
        float[] read = new float[100];

        Assert.Equal(10, await reader.ReadAsync(read, Token));
        later.SetResult();
        Assert.Equal(5, await reader.ReadAsync(read, Token));
        Assert.Equal(0, await reader.ReadAsync(read, Token));

        async IAsyncEnumerable<ReadOnlyMemory<float>> Slow()
        {
            yield return new float[10];
            await later.Task;
            yield return ReadOnlyMemory<float>.Empty;
            yield return new float[5];
        }
    }

    [Fact]
    public async Task A_stream_is_the_same_sound_as_its_file_and_stays_open()
    {
        string path = TestData.Path("assets", "speech.wav");
        await using SoundTrack expected = await SoundTrack.DecodeAsync(path, cancellationToken: Token);
        using var stream = new MemoryStream(await File.ReadAllBytesAsync(path, Token));

        await using SoundTrack actual = await SoundTrack.DecodeAsync(stream, cancellationToken: Token);

        Assert.Equal(await expected.OpenSpeech().ReadToEndAsync(Token), await actual.OpenSpeech().ReadToEndAsync(Token));
        Assert.True(stream.CanRead);
    }

    [Fact]
    public async Task A_stream_of_another_format_is_read_by_ffmpeg()
    {
        Assert.SkipUnless(Ffmpeg.TryLocate() is not null, "There is no ffmpeg.");
        using TemporaryFolder folder = new();
        string path = folder.File("speech.flac");
        await Ffmpeg.Locate().RunAsync(
            "encoding", ["-i", Ffmpeg.FileArgument(TestData.Path("assets", "speech.wav")), Ffmpeg.FileArgument(path)], cancellationToken: Token);
        await using SoundTrack expected = await SoundTrack.DecodeAsync(path, cancellationToken: Token);
        using var stream = new MemoryStream(await File.ReadAllBytesAsync(path, Token));

        await using ISampleReader actual = await AudioInput.OpenAsync(stream, cancellationToken: Token);

        Assert.Equal(await expected.OpenSpeech().ReadToEndAsync(Token), await actual.ReadToEndAsync(Token));
    }

    [Fact]
    public async Task A_stream_that_is_no_sound_is_an_error()
    {
        using var empty = new MemoryStream();

        AudioException error = await Assert.ThrowsAsync<AudioException>(() => SoundTrack.DecodeAsync(empty, cancellationToken: Token));

        Assert.Equal("the stream is empty (0 bytes).", error.Message);
    }

    private static async IAsyncEnumerable<ReadOnlyMemory<float>> Blocks(float[] samples, int length)
    {
        for (int start = 0; start < samples.Length; start += length)
        {
            await Task.Yield();
            yield return samples.AsMemory(start, Math.Min(length, samples.Length - start));
        }
    }
}
