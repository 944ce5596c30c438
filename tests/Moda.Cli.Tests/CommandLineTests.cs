using System.Text.Json.Nodes;
using Moda.Cli.Benchmarks;
using Moda.Testing;
using Xunit;

namespace Moda.Cli.Tests;

public sealed class CommandLineTests
{
    [Theory]
    [InlineData("--emotion", "99", "happiness")]
    [InlineData("--paste-back", "glue", "laplacian")]
    [InlineData("--face", "uppermost", "largest")]
    [InlineData("--precision", "f64", "f16")]
    [InlineData("--cfg-scale", "NaN", "--cfg-scale")]
    [InlineData("--emotion-scale", "4", "--emotion-scale needs --emotion")]
    public async Task A_wrong_value_is_answered_in_two_lines(string option, string value, string named)
    {
        CommandRun run = await CommandRun.Of("generate", "--image", "a.png", "--audio", "a.wav", "--out", "a.mp4", option, value);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(named, Assert.Single(run.Complaints));
        Assert.Equal(2, run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Theory]
    [InlineData("generate", "101", "fear", "--emotion-scale must be from 0 to 100, not 101.")]
    [InlineData("generate", "NaN", "0", "--emotion-scale must be from 0 to 100, not NaN.")]
    [InlineData("dub", "-1", "neutral", "--emotion-scale must be from 0 to 100, not -1.")]
    [InlineData("dub", "4", "8", "--emotion-scale needs --emotion: there is no emotion to show.")]
    [InlineData("dub", "200", "none", "--emotion-scale needs --emotion: there is no emotion to show.")]
    public async Task A_scale_needs_an_emotion_and_a_range(string command, string scale, string emotion, string complaint)
    {
        CommandRun run = await CommandRun.Of(
            command, command == "dub" ? "--video" : "--image", "a.file", "--audio", "a.wav", "--out", "a.mp4", "--emotion", emotion, "--emotion-scale", scale);

        Assert.Equal(2, run.ExitCode);
        Assert.EndsWith(complaint, Assert.Single(run.Complaints));
    }

    [Theory]
    [InlineData("generate")]
    [InlineData("convert")]
    [InlineData("weights")]
    [InlineData("weights", "synthesize")]
    [InlineData("weights", "verify")]
    [InlineData("parity")]
    [InlineData("bench")]
    [InlineData("bench", "service")]
    [InlineData("devices")]
    public async Task Every_command_has_help_with_examples(params string[] command)
    {
        CommandRun run = await CommandRun.Of([.. command, "--help"]);

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("Usage:", run.Output);
        Assert.Contains("Examples:", run.Output);
        Assert.Contains("moda " + command[0], run.Output);
        Assert.Empty(run.Error);
    }

    [Fact]
    public async Task What_is_not_understood_is_a_usage_error_that_points_to_the_help()
    {
        CommandRun run = await CommandRun.Of("generate", "--no-such-option");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("--no-such-option", run.Error);
        Assert.Contains("moda generate --help", run.Error);
    }

    [Fact]
    public async Task Devices_lists_the_cpu()
    {
        CommandRun run = await CommandRun.Of("devices");

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("cpu (", run.Output);
    }

    [Theory]
    [InlineData("cpu")]
    [InlineData("cuda:x")]
    public async Task A_self_check_is_about_a_gpu(string device)
    {
        CommandRun run = await CommandRun.Of("devices", "--self-check", "--device", device);

        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains(device, run.Error);
    }

    [Fact]
    public async Task Bench_times_the_networks_that_are_named()
    {
        CommandRun run = await CommandRun.Of("bench", "tiny appearance", "--device", "cpu", "--profile");

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("tiny appearance", run.Output);
        Assert.Contains("Convolution ->", run.Output);
        Assert.DoesNotContain("spade", run.Output);
    }

    [Fact]
    public async Task Bench_prints_json_and_fails_where_a_report_was_faster()
    {
        string folder = Directory.CreateTempSubdirectory("moda-cli-").FullName;
        try
        {
            string old = Path.Combine(folder, "old.json");
            string slow = Path.Combine(folder, "slow.json");
            CommandRun first = await CommandRun.Of("bench", "tiny appearance", "--device", "cpu", "--json");
            await File.WriteAllTextAsync(slow, first.Output, TestContext.Current.CancellationToken);
            JsonNode report = JsonNode.Parse(first.Output)!;
            JsonNode result = Assert.Single(report["results"]!.AsArray())!;
            result["median"] = result["median"]!.GetValue<double>() / 1000;
            await File.WriteAllTextAsync(old, report.ToJsonString(), TestContext.Current.CancellationToken);

            CommandRun slower = await CommandRun.Of("bench", "tiny appearance", "--device", "cpu", "--compare", old, "--fail-above", "5%");
            CommandRun shown = await CommandRun.Of("bench", "tiny appearance", "--device", "cpu", "--compare", old);
            CommandRun within = await CommandRun.Of("bench", "tiny appearance", "--device", "cpu", "--compare", slow, "--fail-above", "900%");

            Assert.Equal(("bench", "wall clock", "tiny appearance"), ((string?)report["benchmark"], (string?)report["timer"], (string?)result["name"]));
            Assert.Equal([0, 1, 0, 0], [first.ExitCode, slower.ExitCode, shown.ExitCode, within.ExitCode]);
            Assert.Contains("SLOWER", slower.Output);
            Assert.DoesNotContain("SLOWER", within.Output);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData("No network's name contains 'nothing'", "nothing")]
    [InlineData("--fail-above needs --compare", "tiny appearance", "--fail-above", "5%")]
    [InlineData("--force-tile is for convolutions on a GPU", "tiny appearance", "--force-tile", "256x128")]
    [InlineData("'256' is no tile", "tiny appearance", "--force-tile", "256")]
    [InlineData("'much' is no share", "tiny appearance", "--compare", "a.json", "--fail-above", "much")]
    [InlineData("absent.json", "tiny appearance", "--compare", "absent.json")]
    public async Task Bench_refuses_what_it_cannot_do(string complaint, params string[] arguments)
    {
        CommandRun run = await CommandRun.Of(["bench", "--device", "cpu", .. arguments]);

        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains(complaint, Assert.Single(run.Complaints));
    }

    [Fact]
    public void Clocks_are_read_from_a_line_of_nvidia_smi()
    {
        Assert.Equal(new GpuState("580.65.06", 1980, 3201), GpuState.Parse("580.65.06, 1980, 3201\n"));
        Assert.Equal(new GpuState("580.65.06", null, null), GpuState.Parse("580.65.06, [N/A], [N/A]\n"));
        Assert.Equal(GpuState.Unknown, GpuState.Parse("No devices were found\n"));
    }

    [Fact]
    public async Task Weights_are_synthesized_and_verified_and_damage_is_found()
    {
        string folder = Directory.CreateTempSubdirectory("moda-cli-").FullName;
        try
        {
            CommandRun made = await CommandRun.Of("weights", "synthesize", "--preset", "tiny", "--seed", "3", "--out", folder);
            CommandRun sound = await CommandRun.Of("weights", "verify", folder);
            string file = Path.Combine(folder, "warping_module.safetensors");
            byte[] bytes = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
            bytes[^1] ^= 0x55;
            await File.WriteAllBytesAsync(file, bytes, TestContext.Current.CancellationToken);
            CommandRun damaged = await CommandRun.Of("weights", "verify", folder);
            CommandRun refused = await CommandRun.Of("weights", "synthesize", "--preset", "tiny", "--out", folder);
            CommandRun replaced = await CommandRun.Of("weights", "synthesize", "--preset", "tiny", "--out", folder, "--overwrite");
            CommandRun soundAgain = await CommandRun.Of("weights", "verify", folder);

            Assert.Equal(0, made.ExitCode);
            Assert.Equal(0, sound.ExitCode);
            Assert.Equal(1, refused.ExitCode);
            Assert.Contains("holds weights already", Assert.Single(refused.Complaints));
            Assert.Equal(0, replaced.ExitCode);
            Assert.Equal(0, soundAgain.ExitCode);
            Assert.Equal(1, damaged.ExitCode);
            Assert.Contains("warping_module.safetensors", Assert.Single(damaged.Output.Split('\n'), line => line.StartsWith("BAD", StringComparison.Ordinal)));
            Assert.Contains("SHA-256", damaged.Output);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData("parity", "case.safetensors", "--tolerance", "NaN")]
    [InlineData("bench", "sessions", "--batch-size", "0")]
    [InlineData("bench", "sessions", "--seconds", "NaN")]
    [InlineData("bench", "sessions", "--seconds", "ten")]
    [InlineData("bench", "service", "--image", "portrait.jpg", "--audio", "voice.wav", "--live", "1001")]
    [InlineData("bench", "service", "--image", "portrait.jpg", "--audio", "voice.wav", "--seconds", "NaN")]
    [InlineData("parity", "case.safetensors", "--tolerance", "small")]
    [InlineData("generate", "--image", "portrait.jpg", "--audio", "voice.wav", "--out", "talking.mp4", "--batch-size", "many")]
    [InlineData("pose", "--image", "portrait.jpg", "--out", "smile.png", "--smile", "wide")]
    [InlineData("generate", "--image", "portrait.jpg", "--audio", "voice.wav", "--out", "talking.mp4", "--emotion", "fear", "--emotion-scale", "loud")]
    public async Task A_number_that_an_option_cannot_have_is_a_usage_error(params string[] arguments)
    {
        CommandRun run = await CommandRun.Of(arguments);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(arguments[^2], run.Error);
    }

    [Fact]
    public async Task A_truncated_checkpoint_is_named()
    {
        string folder = Directory.CreateTempSubdirectory("moda-cli-").FullName;
        try
        {
            CopyTree(Path.Combine(TestData.Folder, "fixtures", "pretrained_weights"), folder);
            string checkpoint = Path.Combine(folder, "moda", "net-200.pth");
            byte[] whole = await File.ReadAllBytesAsync(checkpoint, TestContext.Current.CancellationToken);
            await File.WriteAllBytesAsync(checkpoint, whole[..(whole.Length / 2)], TestContext.Current.CancellationToken);
            string output = Path.Combine(folder, "out");

            CommandRun run = await CommandRun.Of("convert", folder, output);

            Assert.Equal(1, run.ExitCode);
            Assert.Contains("net-200.pth", Assert.Single(run.Complaints));
            Assert.False(File.Exists(Path.Combine(output, "moda.json")));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void CopyTree(string source, string destination)
    {
        foreach (string file in Directory.GetFiles(source, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(destination, Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }
}
