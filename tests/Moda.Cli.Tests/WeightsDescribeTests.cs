using Moda.Testing;
using Moda.Weights;
using Moda.Weights.Safetensors;
using Xunit;

namespace Moda.Cli.Tests;

/// <summary><c>moda weights describe</c>.</summary>
public sealed class WeightsDescribeTests(Workplace place) : IClassFixture<Workplace>
{
    [Fact]
    public async Task A_folder_is_described_network_by_network()
    {
        CommandRun run = await CommandRun.Of("weights", "describe", place.Weights, "--tensors");

        Assert.Equal(0, run.ExitCode);
        Assert.All(["audio_encoder  ", "spade_generator  ", "sizes: ", "width=128", "M parameters, F32", "null_motion_feat  [1, 1, 70]  F32  70"], text => Assert.Contains(text, run.Output));
        Assert.DoesNotContain("missing", run.Output);
    }

    [Fact]
    public async Task Tensors_that_do_not_fit_are_listed_by_kind()
    {
        string path = place.Place("mine.safetensors");
        SafetensorsEntry[] entries =
        [
            new("stitching.mlp.0.weight", StoredType.Float32, new[] { 2, 126 }),
            new("stitching.mlp.0.bias", StoredType.Float32, new[] { 3 }),
            new("stray", StoredType.Float16, new[] { 5 }),
        ];
        using (var writer = new SafetensorsWriter(path, entries))
        {
            Array.ForEach(entries, entry => writer.Write(entry.Name, new float[entry.ElementCount].AsSpan()));
            writer.Complete();
        }

        CommandRun run = await CommandRun.Of("weights", "describe", path, "--network", "stitching_retargeting");
        CommandRun nameless = await CommandRun.Of("weights", "describe", path);

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("3 tensors, 0.000 M parameters, F16, F32", run.Output);
        Assert.Contains("surplus: 1\n    'stray' is no tensor of this network", run.Output);
        Assert.Contains("missing: ", run.Output);
        Assert.Contains("other shape: 2\n    'stitching.mlp.0.weight' is [2, 126], but [128, 126] is needed", run.Output);
        Assert.Contains("--network", Assert.Single(nameless.Complaints));
    }
}
