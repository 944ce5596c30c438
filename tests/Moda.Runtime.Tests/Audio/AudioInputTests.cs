using Moda.Runtime.Audio;
using Moda.Runtime.Processes;
using Moda.Runtime.Tests.Media;
using Moda.Testing;
using Moda.Testing.Audio;
using Xunit;

namespace Moda.Runtime.Tests.Audio;

public sealed class AudioInputTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_missing_file_and_a_folder_are_named()
    {
        using TemporaryFolder folder = new();

        FileNotFoundException missing = await Assert.ThrowsAsync<FileNotFoundException>(() => Waveform.ReadAsync("absent.wav", cancellationToken: Token));
        FileNotFoundException notAFile = await Assert.ThrowsAsync<FileNotFoundException>(() => Waveform.ReadAsync(folder.Path, cancellationToken: Token));

        Assert.Equal("There is no audio file 'absent.wav'.", missing.Message);
        Assert.Contains("is a folder", notAFile.Message);
    }

    [Fact]
    public async Task An_empty_file_is_an_error()
    {
        AudioException error = await FailAsync("a.wav", []);

        Assert.Contains("is empty", error.Message);
    }

    [Fact]
    public async Task What_is_not_audio_is_an_error_that_says_so()
    {
        InstalledFfmpeg.Require();

        AudioException error = await FailAsync("a.mp3", "This is a text about sounds."u8.ToArray());

        Assert.Contains("is not audio that can be read", error.Message);
    }

    [Fact]
    public async Task A_video_without_a_sound_track_is_an_error()
    {
        Ffmpeg ffmpeg = InstalledFfmpeg.Require();
        using TemporaryFolder folder = new();
        string path = folder.File("a.mp4");
        await ffmpeg.RunAsync("making a video", ["-f", "lavfi", "-i", "color=size=64x64:duration=0.2", path], cancellationToken: Token);

        AudioException error = await Assert.ThrowsAsync<AudioException>(() => Waveform.ReadAsync(path, Token));

        Assert.Contains("holds no sound, only a picture or other data", error.Message);
    }

    [Theory]
    [InlineData("a.flac", "flac", 1e-4)]
    [InlineData("b.wav", "adpcm_ima_wav", 0.05)]
    [InlineData("c.m4a", "aac", 0.05)]
    [InlineData("d -y;.ogg", "flac", 1e-4)]
    public async Task Other_formats_give_the_samples_of_the_wav_that_they_were_made_from(string name, string codec, double tolerance)
    {
        Ffmpeg ffmpeg = InstalledFfmpeg.Require();
        using TemporaryFolder folder = new();
        string path = folder.File(name);
        float[] tone = [.. Enumerable.Range(0, 44100).Select(n => 0.5f * MathF.Sin(2 * MathF.PI * 440 * n / 44100))];
        byte[] stereo = WavBytes.Float32([.. tone.SelectMany(sample => new[] { sample, 0.5f * sample })]);
        string source = folder.File("source.wav");
        await File.WriteAllBytesAsync(source, WavBytes.Build(stereo, WavBytes.FloatingPointTag, 2, 44100, 4), Token);
        await ffmpeg.RunAsync("encoding", ["-i", Ffmpeg.FileArgument(source), "-c:a", codec, Ffmpeg.FileArgument(path)], cancellationToken: Token);

        Waveform expected = await Waveform.ReadAsync(source, cancellationToken: Token);
        Waveform found = await Waveform.ReadAsync(path, Token);

        Assert.Equal(16000, expected.Samples.Length);
        Assert.InRange(found.Samples.Length, 16000 - 100, 16000 + 1000);
        double largest = 0;
        for (int n = 4000; n < 12000; n++)
        {
            largest = Math.Max(largest, Math.Abs(found.Samples.Span[n] - expected.Samples.Span[n]));
        }
        Assert.True(largest < tolerance, $"differs by {largest}");
    }

    [Fact]
    public async Task Cancelling_ends_the_reading()
    {
        Ffmpeg ffmpeg = InstalledFfmpeg.Require();
        using TemporaryFolder folder = new();
        string path = folder.File("a.flac");
        await ffmpeg.RunAsync(
            "making a sound", ["-f", "lavfi", "-i", "sine=duration=300", Ffmpeg.FileArgument(path)], cancellationToken: Token);
        using CancellationTokenSource source = CancellationTokenSource.CreateLinkedTokenSource(Token);
        await using ISampleReader reader = await AudioInput.OpenAsync(path, source.Token);
        float[] samples = new float[1000];
        Assert.Equal(1000, await reader.FillAsync(samples, source.Token));

        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await reader.ReadToEndAsync(source.Token));
    }

    private static async Task<AudioException> FailAsync(string name, byte[] content)
    {
        using TemporaryFolder folder = new();
        string path = folder.File(name);
        await File.WriteAllBytesAsync(path, content, Token);
        AudioException error = await Assert.ThrowsAsync<AudioException>(() => Waveform.ReadAsync(path, Token));
        Assert.StartsWith($"'{path}'", error.Message);
        return error;
    }
}
