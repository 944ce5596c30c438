using System.Text.Json;
using Moda.Testing;
using Xunit;

namespace Moda.Weights.Tests;

public sealed class NetworkStructureTests
{
    [Theory]
    [InlineData(WeightPreset.Tiny, "tiny")]
    [InlineData(WeightPreset.Full, "full")]
    public void Presets_are_the_reference_manifest(WeightPreset preset, string key)
    {
        using JsonDocument manifest = JsonDocument.Parse(File.ReadAllBytes(TestData.Path("manifest.json")));
        JsonElement modules = manifest.RootElement.GetProperty(key);

        Assert.Equal(modules.EnumerateObject().Select(module => module.Name), NetworkStructure.Modules);
        foreach (JsonProperty module in modules.EnumerateObject())
        {
            Assert.Equal(
                module.Value.EnumerateObject().Select(tensor => (tensor.Name, Shape: string.Join(',', tensor.Value.EnumerateArray()))),
                NetworkStructure.Of(module.Name).Tensors(preset).Select(tensor => (tensor.Key, Shape: string.Join(',', tensor.Value.ToArray()))));
        }
    }

    [Fact]
    public void Presets_fit_their_structure()
    {
        foreach (string module in NetworkStructure.Modules)
        {
            foreach (WeightPreset preset in Enum.GetValues<WeightPreset>())
            {
                StructureMatch match = StructureMatch.Of(NetworkStructure.Of(module), NetworkStructure.Of(module).Tensors(preset));

                Assert.Empty(match.Problems);
                Assert.Equal(NetworkStructure.Of(module).Sizes(preset).OrderBy(size => size.Key), match.Sizes.OrderBy(size => size.Key));
            }
        }
    }

    [Fact]
    public void Sizes_that_only_stand_in_products_follow_from_them()
    {
        Dictionary<string, ReadOnlyMemory<int>> shapes = Shapes(TestData.Path("narrow", "warping_module.safetensors"));

        StructureMatch match = StructureMatch.Of(NetworkStructure.Of("warping_module"), shapes);

        Assert.Empty(match.Problems);
        Assert.Equal((4, 1, 4), (match.Sizes["depth"], match.Sizes["compress"], match.Sizes["volume"]));
    }

    [Fact]
    public void A_product_that_no_whole_number_gives_is_a_problem()
    {
        Dictionary<string, ReadOnlyMemory<int>> shapes = Shapes(TestData.Path("narrow", "warping_module.safetensors"));
        shapes["third.conv.weight"] = new[] { 16, 17, 3, 3 };

        StructureProblem problem = Assert.Single(StructureMatch.Of(NetworkStructure.Of("warping_module"), shapes).Problems);

        Assert.Equal(new StructureProblem("third.conv.weight", "[16, 16, 3, 3]", "[16, 17, 3, 3]"), problem);
    }

    [Fact]
    public void The_tensor_that_differs_is_the_one_to_blame()
    {
        Dictionary<string, ReadOnlyMemory<int>> shapes = Tiny("audio_encoder");
        shapes["feature_projection.projection.weight"] = new[] { 129, 64 };

        StructureProblem problem = Assert.Single(StructureMatch.Of(NetworkStructure.Of("audio_encoder"), shapes).Problems);

        Assert.Equal(new StructureProblem("feature_projection.projection.weight", "[128, 64]", "[129, 64]"), problem);
    }

    [Fact]
    public void Missing_and_foreign_tensors_are_found_and_optional_ones_may_be_missing()
    {
        Dictionary<string, ReadOnlyMemory<int>> shapes = Tiny("motion_generator");
        shapes.Remove("null_audio_feat");
        shapes.Remove("talking_head_dit.blocks.3.qkv_xs.bias");
        shapes["talking_head_dit.blocks.3.qkv.bias"] = new[] { 5 };

        StructureMatch match = StructureMatch.Of(NetworkStructure.Of("motion_generator"), shapes);

        Assert.Equal(
            [
                new StructureProblem("talking_head_dit.blocks.3.qkv_xs.bias", "[896]", null),
                new StructureProblem("talking_head_dit.blocks.3.qkv.bias", null, "[5]"),
            ],
            match.Problems);
        Assert.Equal(128, match.Sizes["audio"]);
    }

    [Fact]
    public void A_missing_block_is_a_gap_and_not_a_shorter_network()
    {
        Dictionary<string, ReadOnlyMemory<int>> shapes = Tiny("audio_encoder");
        foreach (string name in shapes.Keys.Where(name => name.StartsWith("encoder.layers.7.", StringComparison.Ordinal)).ToList())
        {
            shapes.Remove(name);
        }

        StructureMatch match = StructureMatch.Of(NetworkStructure.Of("audio_encoder"), shapes);

        Assert.Equal(16, match.Problems.Count);
        Assert.All(match.Problems, problem => Assert.StartsWith("encoder.layers.7.", problem.TensorName, StringComparison.Ordinal));
    }

    private static Dictionary<string, ReadOnlyMemory<int>> Shapes(string path)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        return file.Entries.ToDictionary(entry => entry.Name, entry => entry.Shape, StringComparer.Ordinal);
    }

    private static Dictionary<string, ReadOnlyMemory<int>> Tiny(string module) =>
        new(NetworkStructure.Of(module).Tensors(WeightPreset.Tiny), StringComparer.Ordinal);
}
