using Moda.Runtime.Audio;
using Moda.Runtime.Processes;
using Moda.Testing;
using Xunit;

namespace Moda.Runtime.Tests.Audio;

/// <summary>Changes the environment of the whole process, so it runs alone.</summary>
[Collection(nameof(MissingFfmpegTests))]
[CollectionDefinition(nameof(MissingFfmpegTests), DisableParallelization = true)]
public sealed class MissingFfmpegTests
{
    [Fact]
    public async Task Without_ffmpeg_other_files_are_an_error_that_says_how_to_install_it()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("a.mp3");
        await File.WriteAllBytesAsync(path, [0x49, 0x44, 0x33, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0], TestContext.Current.CancellationToken);
        string? before = Environment.GetEnvironmentVariable(Ffmpeg.EnvironmentVariable);
        Environment.SetEnvironmentVariable(Ffmpeg.EnvironmentVariable, "/nowhere/ffmpeg");
        try
        {
            AudioException error = await Assert.ThrowsAsync<AudioException>(
                () => Waveform.ReadAsync(path, cancellationToken: TestContext.Current.CancellationToken));

            Assert.StartsWith($"'{path}'", error.Message);
            Assert.Contains("takes ffmpeg", error.Message);
            Assert.Contains("nstall it with", error.Message);
        }
        finally
        {
            Environment.SetEnvironmentVariable(Ffmpeg.EnvironmentVariable, before);
        }
    }
}
