using Moda.Runtime.Processes;
using Moda.Testing;
using Xunit;

namespace Moda.Cli.Tests;

/// <summary>Names of files and programs that mean something else to a shell, a terminal or another program.</summary>
public sealed class FileNameTests(Workplace place) : IClassFixture<Workplace>
{
    [Fact]
    public async Task No_program_is_started_from_the_current_folder()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs a shell");
        string current = place.Place("current");
        string marker = Path.Combine(current, "started");
        foreach (string folder in (string[])[current, Path.Combine(current, "sub", "ffmpeg")])
        {
            Directory.CreateDirectory(folder);
            string program = Path.Combine(folder, "ffmpeg");
            await File.WriteAllTextAsync(program, $"#!/bin/sh\ntouch '{marker}'\n", TestContext.Current.CancellationToken);
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
            }
        }
        string path = Environment.GetEnvironmentVariable("PATH")!;

        foreach (string folder in (string[])[current, Path.Combine(current, "sub")])
        {
            await CommandRun.Of(
                start =>
                {
                    start.WorkingDirectory = folder;
                    start.Environment["PATH"] = $".:./ffmpeg:ffmpeg::{path}";
                },
                Arguments("--out", place.Place("nothing.mp4"), "--image", "absent.png"));
        }

        Assert.False(File.Exists(marker));
    }

    [Fact]
    public async Task A_name_that_begins_with_an_at_sign_is_a_name()
    {
        string folder = place.Place("at");
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(Path.Combine(folder, "evil.m4a"), "voice.m4a\n--out\ninjected.y4m\n", TestContext.Current.CancellationToken);

        CommandRun run = await CommandRun.Of(
            start => start.WorkingDirectory = folder, Arguments("--audio", "@evil.m4a", "--out", "out.y4m"));

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("'@evil.m4a'", Assert.Single(run.Complaints));
    }

    [Theory]
    [InlineData("--out", "x\u001b[31m.webm")]
    [InlineData("--image", "x\u001b]0;title\a.png")]
    [InlineData("--face", "\u001b[2J")]
    [InlineData("--\u001b[2J", "x")]
    public async Task Control_characters_are_spelled_out(string option, string value)
    {
        CommandRun run = await CommandRun.Of(Arguments("--out", place.Place("control.y4m"), option, value));

        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains("\\u001b", run.Error);
        Assert.DoesNotContain('\u001b', run.Error + run.Output);
        Assert.DoesNotContain('\a', run.Error + run.Output);
    }

    [Theory]
    [InlineData("out.mp4", "ffmpeg was not found")]
    [InlineData("out.webm", "'.webm' is not written")]
    [InlineData("nowhere/out.y4m", "there is no folder")]
    [InlineData("voice.wav", "'.wav' is not written")]
    [InlineData("points.json/", "it is a file")]
    public async Task What_can_be_known_at_the_start_is_said_before_anything_is_read(string output, string expected)
    {
        CommandRun run = await CommandRun.Of(
            start => start.Environment[Ffmpeg.EnvironmentVariable] = "/nowhere/ffmpeg",
            Arguments("--out", place.Place(output), "--image", "absent.png", "--weights", "absent"));

        Assert.Equal(1, run.ExitCode);
        string complaint = Assert.Single(run.Complaints);
        Assert.Contains(expected, complaint);
        Assert.DoesNotContain(".part", complaint);
    }

    [Theory]
    [InlineData("--cfg-scale", "NaN")]
    [InlineData("--cfg-scale", "Infinity")]
    [InlineData("--steps", "0")]
    [InlineData("--batch-size", "-1")]
    [InlineData("--seed", "NaN")]
    [InlineData("--max-gpu-memory", "NaN")]
    [InlineData("--emotion", "99")]
    public async Task A_value_that_an_option_cannot_have_is_a_usage_error_in_three_lines(string option, string value)
    {
        CommandRun run = await CommandRun.Of(Arguments("--out", place.Place("none.y4m"), option, value));

        Assert.Equal(2, run.ExitCode);
        Assert.InRange(run.Error.Trim().Split('\n').Length, 1, 3);
    }

    [Fact]
    public async Task A_video_goes_to_standard_output_and_its_summary_to_standard_error()
    {
        CommandRun run = await CommandRun.Of(Arguments("--out", "-", "--steps", "2"));

        Assert.True(run.ExitCode == 0, run.Error);
        Assert.StartsWith("YUV4MPEG2 W", run.Output);
        Assert.Equal(5, run.Output.Split("FRAME\n").Length - 1);
        Assert.Contains("frames:", run.Error);
    }

    private string[] Arguments(params string[] more)
    {
        var values = new Dictionary<string, string>
        {
            ["--image"] = place.Portrait,
            ["--audio"] = place.Voice,
            ["--weights"] = place.Weights,
            ["--landmarks"] = place.Landmarks,
            ["--device"] = "cpu",
        };
        foreach (string[] pair in more.Chunk(2))
        {
            values[pair[0]] = pair[1];
        }

        return ["generate", .. values.SelectMany(pair => new[] { pair.Key, pair.Value })];
    }
}
