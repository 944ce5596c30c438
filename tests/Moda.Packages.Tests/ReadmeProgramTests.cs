using System.Text.RegularExpressions;
using Moda.Runtime.Audio;
using Moda.Runtime.Media;
using Moda.Testing;
using Moda.Testing.Audio;
using Xunit;

namespace Moda.Packages.Tests;

/// <summary>The first program of the README, as someone tries it who has nothing but the packages.</summary>
/// <param name="feed">The packages.</param>
public sealed partial class ReadmeProgramTests(LocalFeed feed)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_first_program_makes_a_video_with_sound()
    {
        Assert.SkipWhen(Runtime.Processes.Ffmpeg.TryLocate() is null, "there is no ffmpeg");
        string program = CSharpBlock().Match(await File.ReadAllTextAsync(Path.Combine(TestData.Repository, "README.md"), Token)).Groups[1].Value;
        Assert.InRange(program.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length, 4, 10);

        string home = feed.CreateProgram("first", program, "Moda.Runtime", "Moda.OpenCheckpoint");
        File.Copy(TestData.Path("assets", "portrait.png"), Path.Combine(home, "portrait.jpg"));
        Waveform voice = await Waveform.ReadAsync(TestData.Path("assets", "speech.wav"), Token);
        await File.WriteAllBytesAsync(Path.Combine(home, "voice.wav"), WavBytes.Build(WavBytes.Float32(voice.Samples.Span.Slice(8000, 6400)), WavBytes.FloatingPointTag, bytesPerSample: 4), Token);
        await Shell.RunAsync(home, "dotnet", "build", "-c", "Release", "--nologo", "-v", "quiet", "-warnaserror");
        await Shell.RunAsync(home, "dotnet", Path.Combine("bin", "Release", "net10.0", "first.dll"));

        string video = Path.Combine(home, "talking.mp4");
        VideoFormat format = await VideoFile.CheckAsync(video, Token);
        Assert.True(format.Width >= 512, $"{format.Width}");
        await using SoundTrack sound = await SoundTrack.DecodeAsync(video, Token);
        Assert.InRange(sound.Duration.TotalSeconds, 0.38, 0.48);
    }

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CSharpBlock();
}
