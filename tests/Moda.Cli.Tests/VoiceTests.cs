using Moda.Runtime.Audio;
using Moda.Runtime.Processes;
using Moda.Testing;
using Moda.Testing.FaceModels;
using Xunit;

namespace Moda.Cli.Tests;

/// <summary><c>--separate-vocals</c>: lips follow the voice that a network leaves, and the video keeps its sound.</summary>
public sealed class VoiceTests(Workplace place) : IClassFixture<Workplace>
{
    /// <summary>Two frames of a tone.</summary>
    private readonly string voice = Tone(place.Place("tone.wav"));

    [Fact]
    public async Task Lips_follow_the_voice_that_the_network_leaves()
    {
        string silence = place.Place("silence.wav");
        File.WriteAllBytes(silence, File.ReadAllBytes(voice));
        using (FileStream file = File.OpenWrite(silence))
        {
            const int HeaderLength = 44;
            file.Seek(HeaderLength, SeekOrigin.Begin);
            file.Write(new byte[file.Length - HeaderLength]);
        }

        CommandRun separated = await Generate(voice, place.Place("separated") + Path.DirectorySeparatorChar, "--separate-vocals", Deaf());
        CommandRun silent = await Generate(silence, place.Place("silent") + Path.DirectorySeparatorChar);
        CommandRun plain = await Generate(voice, place.Place("plain") + Path.DirectorySeparatorChar);

        Assert.True(separated.ExitCode + silent.ExitCode + plain.ExitCode == 0, separated.Error + silent.Error + plain.Error);
        Assert.Contains($"voice: separated by '{Deaf()}' on the CPU", separated.Error);
        Assert.Equal(Frames("silent"), Frames("separated"));
        Assert.NotEqual(Frames("silent"), Frames("plain"));
    }

    [Fact]
    public async Task The_video_keeps_the_sound_as_it_is()
    {
        Assert.SkipWhen(Ffmpeg.TryLocate() is null, "ffmpeg is not installed");
        string video = place.Place("separated.mkv");

        CommandRun run = await Generate(voice, video, "--separate-vocals", Deaf());

        Assert.True(run.ExitCode == 0, run.Error);
        float[] kept = (await Waveform.ReadAsync(video, cancellationToken: TestContext.Current.CancellationToken)).Samples.ToArray();
        float[] original = (await Waveform.ReadAsync(voice, cancellationToken: TestContext.Current.CancellationToken)).Samples.ToArray();
        Assert.Equal(original, kept.AsSpan(0, original.Length));
    }

    [Fact]
    public async Task A_file_that_is_no_network_is_named_before_anything_else_is_read()
    {
        string pointer = place.Place("Kim_Vocal_2.onnx");
        await File.WriteAllTextAsync(pointer, "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 66759214\n", TestContext.Current.CancellationToken);
        string output = place.Place("never.y4m");

        CommandRun run = await Generate("no-such-voice.wav", output, "--separate-vocals", pointer);
        CommandRun missing = await Generate("no-such-voice.wav", output, "--separate-vocals", place.Place("missing.onnx"));

        Assert.Equal((1, 1), (run.ExitCode, missing.ExitCode));
        Assert.Contains($"model '{pointer}': it is a Git LFS pointer", Assert.Single(run.Complaints));
        Assert.Contains("missing.onnx': there is no such file", Assert.Single(missing.Complaints));
        Assert.False(File.Exists(output));
    }

    private static string Tone(string path)
    {
        Workplace.WriteTone(path, samples: 1280);
        return path;
    }

    private Task<CommandRun> Generate(string audio, string output, params string[] more) => CommandRun.Of(
    [
        "generate", "--image", place.Portrait, "--landmarks", place.Landmarks, "--audio", audio, "--out", output, "--weights", place.Weights, "--device", "cpu", "--steps", "2", .. more,
    ]);

    private byte[][] Frames(string folder) => [.. Directory.GetFiles(place.Place(folder)).Order(StringComparer.Ordinal).Select(File.ReadAllBytes)];

    /// <summary>A network of the published shape, for 16 frames at once, that hears no voice in anything.</summary>
    private string Deaf()
    {
        string path = place.Place("deaf.onnx");
        if (!File.Exists(path))
        {
            var writer = new OnnxModelWriter();
            string input = writer.Input("input", -1, 4, 3072, 16);
            writer.Operation("Sub", "output", [input, input]);
            writer.Output("output", -1, 4, 3072, 16);
            writer.Save(path);
        }

        return path;
    }
}
