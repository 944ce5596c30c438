using System.Diagnostics;
using System.Text;
using Moda.Cli.Configuration;
using Moda.Testing;
using Xunit;

namespace Moda.Cli.Tests;

/// <summary>Configuration files that are damaged, or made to cost more than they have bytes, are refused by name.</summary>
public sealed class YamlConfigurationTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("moda-yaml-").FullName;

    public static TheoryData<string, string> Hostile => new()
    {
        // Nested in each way that YAML has.
        { string.Concat(Enumerable.Repeat("? ", 100_000)), "nested more than 32 levels" },
        { string.Concat(Enumerable.Repeat("- ", 100_000)), "nested more than 32 levels" },
        { "a: " + new string('[', 500_000), "nested more than 32 levels" },
        { string.Concat(Enumerable.Repeat("{a: ", 100_000)), "nested more than 32 levels" },
        { string.Concat(Enumerable.Range(0, 1000).Select(i => new string(' ', i) + "a:\n")), "nested more than 32 levels" },

        // Referring to itself, to nothing, and to something that is not complete.
        { "a: &a [*a]\n", "'*a' refers to nothing" },
        { "&a a: *a\nb: &b {c: *b}\n", "'*b' refers to nothing" },
        { "a: *b\n", "'*b' refers to nothing" },

        { "a: 1\na: 2\n", "'a' twice" },
        { "- 1\n", "not a mapping" },
        { "just words\n", "not a mapping" },
        { "a: [1\n", "not valid YAML" },
        { "a: 'x\n", "not valid YAML" },
        { "a: \"\\ud800\"\n", "not valid YAML" },
        { "%YAML 9.9\n---\na: 1\n", "not valid YAML" },
        { "a: !<tag 1\n", "not valid YAML" },
        { new string('\0', 1000), "nothing but zeros" },
        { "a: 1\n\0b: 2\n", "a zero character" },
        { "version https://git-lfs.github.com/spec/v1\noid sha256:0f\nsize 7\n", "git lfs pull" },
        { "<!DOCTYPE html>", "web page" },
        { "\u0080\u0002}q\u0000.", "zero character" },
        { "a: " + new string('x', YamlConfiguration.LargestFile), "more than 1048576 bytes" },
    };

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [MemberData(nameof(Hostile))]
    public void What_is_no_configuration_is_refused(string text, string problem)
    {
        string path = Write("a.yaml", text);
        var watch = Stopwatch.StartNew();

        string message = Assert.Throws<ConfigurationException>(() => YamlConfiguration.Load(path)).Message;

        Assert.Contains(problem, message, StringComparison.Ordinal);
        Assert.Contains(path, message, StringComparison.Ordinal);
        Assert.InRange(message.Length, 1, 2500);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5), $"{watch.Elapsed}");
    }

    [Fact]
    public void A_mapping_whose_key_holds_itself_is_refused()
    {
        string message = Assert.Throws<ConfigurationException>(() => YamlConfiguration.Load(TestData.Path("faults", "alias_self.yaml"))).Message;

        Assert.Contains("'*a' refers to nothing that is complete before it", message, StringComparison.Ordinal);
    }

    /// <summary>Nine levels of nine references each: 9^9 values if they were copied.</summary>
    [Fact]
    public void Aliases_are_shared_and_not_copied()
    {
        var text = new StringBuilder("l0: &l0 {v: 0.5}\n");
        for (int level = 1; level <= 9; level++)
        {
            text.Append($"l{level}: &l{level} {{{string.Join(", ", Enumerable.Range(0, 9).Select(i => $"k{i}: *l{level - 1}"))}}}\n");
        }

        YamlConfiguration configuration = YamlConfiguration.Load(Write("a.yaml", text.ToString()));

        Assert.Equal(0.5, configuration.Number("l9.k8.k7.k6.k5.k4.k3.k2.k1.k0.v", 0, 1));
    }

    [Theory]
    [InlineData("driving_multiplier: .nan", "driving_multiplier")]
    [InlineData("driving_multiplier: NaN", "driving_multiplier")]
    [InlineData("driving_multiplier: Infinity", "driving_multiplier")]
    [InlineData("driving_multiplier: 1e300", "driving_multiplier")]
    [InlineData("lip_normalize_threshold: NaN", "lip_normalize_threshold")]
    [InlineData("source_max_dim: 0", "source_max_dim")]
    [InlineData("source_max_dim: -1", "source_max_dim")]
    [InlineData("source_max_dim: 99999999999", "source_max_dim")]
    public void Numbers_that_are_none_are_refused_by_key(string text, string key)
    {
        Write("rendering.yaml", text);

        string message = Refusal("motion_processer_config: rendering.yaml");

        Assert.Contains($"'{key}'", message, StringComparison.Ordinal);
        Assert.Contains("rendering.yaml", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("noise_scheduler: {params: {num_inference_steps: 0}}", "motion_models_config")]
    [InlineData("noise_scheduler: {params: {num_inference_steps: 1000000}}", "motion_models_config")]
    [InlineData("data_params: {max_length: 1e300}", "audio_model_config")]
    [InlineData("data_params: {max_length: 0}", "audio_model_config")]
    [InlineData("data_params: {max_length: NaN}", "audio_model_config")]
    [InlineData("data_params: {fps: 0}", "audio_model_config")]
    public void Numbers_out_of_range_are_refused_by_file(string text, string key)
    {
        Write("model.yaml", text);

        Assert.Contains("model.yaml' is '", Refusal($"{key}: model.yaml"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_named_device_is_not_read()
    {
        Assert.Contains("not an ordinary file", Refusal("motion_processer_config: /dev/zero"), StringComparison.Ordinal);
        Assert.Contains("1048576 bytes", Assert.Throws<ConfigurationException>(() => InferenceConfiguration.Load("/dev/zero")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_value_is_quoted_in_part_and_without_control_characters()
    {
        string message = Refusal($"output_fps: \"\\e[2J{new string('9', 500_000)}\"");

        Assert.Contains("\\u001b[2J999", message, StringComparison.Ordinal);
        Assert.InRange(message.Length, 1, 500);
    }

    private string Refusal(string text) => Assert.Throws<ConfigurationException>(() => InferenceConfiguration.Load(Write("inference.yaml", text))).Message;

    private string Write(string name, string text)
    {
        string path = Path.Combine(folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}
