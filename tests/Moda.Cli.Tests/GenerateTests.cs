using System.Diagnostics;
using Moda.Testing;
using Xunit;

namespace Moda.Cli.Tests;

public sealed class GenerateTests(Workplace place) : IClassFixture<Workplace>
{
    [Fact]
    public async Task The_same_seed_gives_the_same_frames_and_another_seed_others()
    {
        string[] first = await GenerateFrames("first", "--seed", "7");
        string[] again = await GenerateFrames("again", "--seed", "7");
        string[] other = await GenerateFrames("other", "--seed", "8");

        Assert.Equal(5, first.Length);
        Assert.Equal(first.Select(File.ReadAllBytes), again.Select(File.ReadAllBytes));
        Assert.NotEqual(first.Select(File.ReadAllBytes), other.Select(File.ReadAllBytes));
    }

    [Fact]
    public async Task A_summary_stands_on_standard_output_and_nothing_else()
    {
        CommandRun run = await Generate(place.Place("summary/"));

        Assert.Equal(0, run.ExitCode);
        Assert.All(["frames:", "loading weights:", " GB/s)", "generating motion:", "rendering:", "speed:", "realtime factor:"], fact => Assert.Contains(fact, run.Output));
        Assert.DoesNotContain("\x1b", run.Output + run.Error);
    }

    [Fact]
    public async Task A_plan_stands_on_standard_output_and_nothing_is_made()
    {
        string output = place.Place("planned/");

        CommandRun run = await Generate(output, "--plan");

        Assert.Equal(0, run.ExitCode);
        Assert.All(
            ["frames:             5 of 512 x 512", "50 frames of silence", "segments:           1 of motion", "first frame:", "rendering:", "total:", "device memory:", "host memory:", "--silence none", "measured:"],
            fact => Assert.Contains(fact, run.Output));
        Assert.False(Directory.Exists(output));
    }

    [Fact]
    public async Task A_plan_of_what_has_no_plan_is_refused()
    {
        CommandRun run = await Generate(place.Place("planned/"), "--plan", "--motion-out", place.Place("planned.safetensors"));

        Assert.Contains("does not go with --motion-out", Assert.Single(run.Complaints));
        Assert.NotEqual(0, run.ExitCode);
    }

    [Fact]
    public async Task Without_weights_the_open_checkpoint_speaks_and_says_how_to_get_the_published_ones()
    {
        CommandRun run = await CommandRun.Of(
            "generate", "--image", place.Portrait, "--audio", place.Voice, "--out", place.Place("open/"), "--device", "cpu", "--steps", "2");

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("weights: the open checkpoint", run.Error);
        Assert.Contains("moda convert pretrained_weights weights", run.Error);
        Assert.Equal(5, Directory.GetFiles(place.Place("open")).Length);
    }

    [Fact]
    public async Task Ctrl_C_ends_the_run_soon_and_leaves_nothing()
    {
        string output = place.Place(Workplace.VideoName("cancelled"));
        string voice = place.Place("long.wav");
        Workplace.WriteTone(voice, samples: 1_920_000);
        using Process process = CommandRun.Start(
            "generate", "--image", place.Portrait, "--audio", voice, "--out", output, "--weights", place.Weights, "--landmarks", place.Landmarks, "--device", "cpu");
        await Task.Delay(TimeSpan.FromSeconds(4), TestContext.Current.CancellationToken);
        Assert.False(process.HasExited, await Describe(process));

        Process.Start("kill", ["-INT", $"{process.Id}"]).WaitForExit();
        long start = Stopwatch.GetTimestamp();
        try
        {
            await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        }
        finally
        {
            process.Kill();
        }

        Assert.Equal(130, process.ExitCode);
        // One second is what a user is promised; a test machine may be busy with other tests.
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 0, 5);
        Assert.Empty(Directory.GetFiles(place.Folder, "*cancelled*"));

        static async Task<string> Describe(Process process) => process.HasExited ? await process.StandardError.ReadToEndAsync() : "";
    }

    [Theory]
    [MemberData(nameof(BadInputs))]
    public async Task Bad_input_gets_one_clear_line_and_nothing_half_written(string name, string expected)
    {
        string output = place.Place(Workplace.VideoName($"bad-{name}"));
        string[] arguments = Arguments(name, output);

        CommandRun run = await CommandRun.Of(arguments);

        Assert.NotEqual(0, run.ExitCode);
        string complaint = Assert.Single(run.Complaints);
        Assert.Contains(expected, complaint, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("   at ", run.Error);
        Assert.False(File.Exists(output));
        Assert.Empty(Directory.GetFiles(place.Folder, $"*bad-{name}*"));
    }

    public static TheoryData<string, string> BadInputs => new()
    {
        { "missing-image", "nobody.png" },
        { "text-image", "notes.png" },
        { "tiny-image", "1 x 1" },
        { "missing-audio", "nothing.wav" },
        { "text-audio", "notes.wav" },
        { "empty-audio", "empty.wav" },
        { "short-audio", "short.wav" },
        { "missing-weights", "moda.json" },
        { "other-version", "version" },
        { "missing-landmarks", "nowhere.json" },
        { "unwritable", "voice.wav" },
        { "unknown-emotion", "boredom" },
        { "one-step", "--steps" },
        { "unknown-device", "warp-drive" },
        { "wrong-shape", "'fc." },
    };

    private string[] Arguments(string name, string output)
    {
        var values = new Dictionary<string, string>
        {
            ["--image"] = place.Portrait,
            ["--audio"] = place.Voice,
            ["--out"] = output,
            ["--weights"] = place.Weights,
            ["--landmarks"] = place.Landmarks,
        };
        switch (name)
        {
            case "missing-image": values["--image"] = place.Place("nobody.png"); break;
            case "text-image": values["--image"] = Written("notes.png", "not an image"); break;
            case "tiny-image": values["--image"] = Pixel(); break;
            case "missing-audio": values["--audio"] = place.Place("nothing.wav"); break;
            case "text-audio": values["--audio"] = Written("notes.wav", "not audio at all, though long enough to be looked at"); break;
            case "empty-audio": values["--audio"] = Written("empty.wav", ""); break;
            case "short-audio": values["--audio"] = Short(); break;
            case "missing-weights": values["--weights"] = place.Place("no-weights"); break;
            case "other-version": values["--weights"] = OtherVersion(); break;
            case "missing-landmarks": values["--landmarks"] = place.Place("nowhere.json"); break;
            case "unwritable": values["--out"] = Path.Combine(place.Voice, Workplace.VideoName("video")); break;
            case "unknown-emotion": values["--emotion"] = "boredom"; break;
            case "one-step": values["--steps"] = "1"; break;
            case "unknown-device": values["--device"] = "warp-drive"; break;
            case "wrong-shape": values["--weights"] = WrongShape(); break;
        }

        return ["generate", .. values.SelectMany(pair => new[] { pair.Key, pair.Value })];
    }

    private string Written(string name, string text)
    {
        File.WriteAllText(place.Place(name), text);
        return place.Place(name);
    }

    private string Pixel()
    {
        // A PNG of one pixel.
        File.WriteAllBytes(place.Place("pixel.png"), Convert.FromBase64String(
            "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="));
        return place.Place("pixel.png");
    }

    private string Short()
    {
        Workplace.WriteTone(place.Place("short.wav"), samples: 160);
        return place.Place("short.wav");
    }

    private string OtherVersion()
    {
        string folder = Copied("other-version");
        string description = Path.Combine(folder, "moda.json");
        string json = File.ReadAllText(description);
        string changed = System.Text.RegularExpressions.Regex.Replace(json, "(\"[a-z_]*version\"\\s*:\\s*)1\\b", "${1}99");
        Assert.NotEqual(json, changed);
        File.WriteAllText(description, changed);
        return folder;
    }

    private string WrongShape()
    {
        string folder = Copied("wrong-shape");
        string file = Path.Combine(folder, "spade_generator.safetensors");
        byte[] bytes = File.ReadAllBytes(file);
        // The first layer's extents [64, 32, 3, 3] become [32, 64, 3, 3]: as many elements, another shape.
        ReadOnlySpan<byte> before = "[64,32,3,3]"u8;
        int name = bytes.AsSpan().IndexOf("\"fc.weight\""u8);
        int place = name + bytes.AsSpan(name).IndexOf(before);
        Assert.InRange(place - name, 0, 100);
        "[32,64,3,3]"u8.CopyTo(bytes.AsSpan(place));
        File.WriteAllBytes(file, bytes);
        return folder;
    }

    private string Copied(string name)
    {
        string folder = place.Place(name);
        Directory.CreateDirectory(folder);
        foreach (string file in Directory.GetFiles(place.Weights))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)), overwrite: true);
        }

        return folder;
    }

    private Task<CommandRun> Generate(string output, params string[] more) => CommandRun.Of(
    [
        "generate", "--image", place.Portrait, "--audio", place.Voice, "--out", output, "--weights", place.Weights,
        "--landmarks", place.Landmarks, "--device", "cpu", "--steps", "2", .. more,
    ]);

    private async Task<string[]> GenerateFrames(string name, params string[] more)
    {
        CommandRun run = await Generate(place.Place(name) + Path.DirectorySeparatorChar, more);
        Assert.True(run.ExitCode == 0, run.Error);
        return [.. Directory.GetFiles(place.Place(name)).Order(StringComparer.Ordinal)];
    }
}
