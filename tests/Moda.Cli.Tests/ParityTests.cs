using System.Text.Json;
using Moda.Cli.Commands;
using Moda.Testing;
using Xunit;

namespace Moda.Cli.Tests;

/// <summary><c>moda parity</c>, with a case of the reference and with the documented example of a case of one's own.</summary>
public sealed class ParityTests
{
    private static readonly string Example = TestData.Path("..", "..", "examples", "parity");

    private static string ExampleCase => Path.Combine(Example, "stitching_case.safetensors");

    [Fact]
    public async Task Parity_passes_on_a_case_and_fails_when_no_error_is_allowed()
    {
        string path = TestData.Case("stitching.any");

        CommandRun passes = await CommandRun.Of("parity", path);
        CommandRun json = await CommandRun.Of("parity", path, "--json", "--tolerance", "1e-12");

        Assert.Equal(0, passes.ExitCode);
        Assert.Equal(3, passes.Output.Split("PASS").Length - 1);
        Assert.Equal(1, json.ExitCode);
        using JsonDocument document = JsonDocument.Parse(json.Output);
        Assert.Equal(3, document.RootElement.GetProperty("outputs").GetArrayLength());
        Assert.All(document.RootElement.GetProperty("outputs").EnumerateArray(), output => Assert.False(output.GetProperty("passed").GetBoolean()));
    }

    [Theory]
    [InlineData("stitching_weights.safetensors")]
    [InlineData(null)]
    public async Task The_example_passes_with_its_weights(string? weights)
    {
        CommandRun run = await CommandRun.Of(
            ["parity", ExampleCase, "--tolerance", "1e-6", .. weights is null ? (string[])[] : ["--weights", Path.Combine(Example, weights)]]);

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("1 of 1 outputs pass", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_example_fails_with_other_weights()
    {
        CommandRun run = await CommandRun.Of("parity", ExampleCase, "--weights", TestData.Path("..", "..", "open-checkpoint"));

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("FAIL", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Weights_that_lack_the_network_are_named()
    {
        CommandRun run = await CommandRun.Of("parity", TestData.Case("warping.tiny"), "--weights", Path.Combine(Example, "stitching_weights.safetensors"));

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("stitching_weights.safetensors", Assert.Single(run.Complaints), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bad_case_does_not_stop_the_others()
    {
        using var folder = new TemporaryFolder();
        string damaged = folder.File("damaged.safetensors");
        await File.WriteAllTextAsync(damaged, "no case at all", TestContext.Current.CancellationToken);
        string[] cases = [folder.File("missing.safetensors"), damaged, TestData.Case("stitching.any")];

        CommandRun table = await CommandRun.Of(["parity", .. cases]);
        CommandRun json = await CommandRun.Of(["parity", "--json", .. cases]);

        Assert.Equal(1, table.ExitCode);
        Assert.Equal(2, table.Complaints.Length);
        Assert.Contains("3 of 3 outputs pass", table.Output, StringComparison.Ordinal);
        Assert.Contains("2 of 3 cases could not be run", table.Output, StringComparison.Ordinal);
        using JsonDocument document = JsonDocument.Parse(json.Output);
        Assert.Equal(["missing", "damaged"], document.RootElement.GetProperty("problems").EnumerateArray().Select(problem => problem.GetProperty("case").GetString()));
        Assert.Equal(3, document.RootElement.GetProperty("outputs").GetArrayLength());
    }

    [Fact]
    public async Task A_skeleton_says_what_a_kind_needs_and_replaces_nothing()
    {
        using var folder = new TemporaryFolder();

        CommandRun known = await CommandRun.Of("parity", "new", "hubert", "--out", folder.File("known"));
        CommandRun own = await CommandRun.Of("parity", "new", "two_layers", "--out", folder.File("own"));
        CommandRun again = await CommandRun.Of("parity", "new", "hubert", "--out", folder.File("known"));

        string script = await File.ReadAllTextAsync(Path.Combine(folder.Path, "known", "hubert_case.py"), TestContext.Current.CancellationToken);
        Assert.All(["\"wave\": torch.rand(1, 64080)", "\"hidden_states\": torch.zeros(100, 12, 768)", "\"heads\": '12'", "\"case\": \"hubert\""], line => Assert.Contains(line, script, StringComparison.Ordinal));
        Assert.Equal(["TwoLayers.cs", "two_layers_case.py"], Directory.GetFiles(Path.Combine(folder.Path, "own")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal([0, 0, 1], [known.ExitCode, own.ExitCode, again.ExitCode]);
        Assert.Contains("is not replaced", Assert.Single(again.Complaints), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_documentation_lists_every_kind_of_skeletons()
    {
        string documentation = await File.ReadAllTextAsync(
            TestData.Path("..", "..", "docs", "parity.md"), TestContext.Current.CancellationToken);

        Assert.All(CaseSkeleton.Known, form =>
        {
            string row = Assert.Single(documentation.Split('\n'), line => line.StartsWith($"| `{form.Kind}` |", StringComparison.Ordinal));
            Assert.All(form.Inputs.Where(_ => form.Kind != "emotion_guidance"), input => Assert.Contains($"`{input.Name}`", row, StringComparison.Ordinal));
        });
    }

    [Fact]
    public async Task The_documentation_shows_the_example_s_script()
    {
        string script = await File.ReadAllTextAsync(Path.Combine(Example, "write_case.py"), TestContext.Current.CancellationToken);
        string documentation = await File.ReadAllTextAsync(
            TestData.Path("..", "..", "docs", "parity.md"), TestContext.Current.CancellationToken);

        Assert.Contains($"```python\n{script}```", documentation, StringComparison.Ordinal);
    }
}
