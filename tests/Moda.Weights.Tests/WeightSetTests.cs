using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Moda.Testing;
using Xunit;

namespace Moda.Weights.Tests;

public sealed class WeightSetTests : IClassFixture<WeightSetTests.SynthesizedSet>, IDisposable
{
    private readonly TemporaryFolder folder = new();

    /// <summary>Each test has a description of its own and links to the shared files, which it replaces before it changes them.</summary>
    public WeightSetTests(SynthesizedSet set)
    {
        foreach (string path in Directory.GetFiles(set.Folder))
        {
            File.CreateSymbolicLink(folder.File(Path.GetFileName(path)), path);
        }

        Own("moda.json");
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Written_synthetic_weights_are_the_computed_ones()
    {
        using WeightSet written = WeightSet.Open(folder.Path);
        using var computed = WeightSet.Synthetic(WeightPreset.Tiny, 5);

        Assert.Equal(NetworkStructure.Modules, written.Networks);
        Assert.Equal(Directory.GetFiles(folder.Path, "*.safetensors").Sum(path => File.ReadAllBytes(path).LongLength), written.ByteLength);
        Assert.Equal(0, computed.ByteLength);
        Assert.Equal(2, written.AudioEncoder.AttentionHeads);
        Assert.Equal(computed.AudioEncoder.ConvolutionStrides, written.AudioEncoder.ConvolutionStrides);
        Assert.Equal(computed.MotionStatistics.Mean.ToArray(), written.MotionStatistics.Mean.ToArray());
        Assert.Equal(computed.MotionStatistics.StandardDeviation.ToArray(), written.MotionStatistics.StandardDeviation.ToArray());
        foreach (string module in NetworkStructure.Modules)
        {
            ITensorSource expected = computed.Network(module);
            ITensorSource actual = written.Network(module);
            Assert.Equal(expected.Names, actual.Names);
            Assert.All(expected.Names, name => Assert.Equal(Read(expected, name), Read(actual, name)));
        }
    }

    [Fact]
    public void Synthetic_weights_verify()
    {
        IReadOnlyList<NetworkVerification> results = Verify();

        Assert.Equal(NetworkStructure.Modules, results.Select(result => result.Network));
        Assert.All(results, result => Assert.Empty(result.Problems));
    }

    [Fact]
    public void Two_runs_give_the_same_bytes()
    {
        using var second = new TemporaryFolder();
        WeightSynthesizer.Synthesize(WeightPreset.Tiny, 5, second.Path, cancellation: TestContext.Current.CancellationToken);

        Assert.All(Directory.GetFiles(folder.Path), path =>
            Assert.Equal(File.ReadAllBytes(path), File.ReadAllBytes(second.File(Path.GetFileName(path)))));
    }

    [Fact]
    public void A_changed_byte_is_found_by_its_hash()
    {
        byte[] bytes = File.ReadAllBytes(Own("spade_generator.safetensors"));
        bytes[^1] ^= 1;
        File.WriteAllBytes(folder.File("spade_generator.safetensors"), bytes);

        string problem = Assert.Single(Problems("spade_generator"));
        Assert.StartsWith("its SHA-256 is", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Values_that_are_not_finite_are_found()
    {
        Rewrite("stitching_retargeting", (name, _, values) =>
        {
            if (name == "lip.mlp.2.bias")
            {
                values[7] = float.NaN;
            }
        });

        Assert.Equal(["'lip.mlp.2.bias' has NaN at element 7"], Problems("stitching_retargeting"));
    }

    [Fact]
    public void Shapes_that_do_not_fit_and_missing_tensors_are_found()
    {
        Rewrite("stitching_retargeting", (_, _, _) => { }, entry => entry.Name switch
        {
            "eye.mlp.0.bias" => new SafetensorsEntry(entry.Name, entry.Type, new[] { 16, 16 }),
            "eye.mlp.2.bias" => new SafetensorsEntry("eye.mlp.2.bayes", entry.Type, entry.Shape),
            _ => entry,
        });

        Assert.Equal(
            ["'eye.mlp.0.bias' is [16, 16], but [256] is needed", "'eye.mlp.2.bias' [256] is missing", "'eye.mlp.2.bayes' is no tensor of this network"],
            Problems("stitching_retargeting"));
    }

    [Fact]
    public void Weights_of_another_preset_are_found()
    {
        Edit(root => root["preset"] = "full");

        Assert.Contains("its size 'width' is 128, but 768 in the preset full", Problems("audio_encoder"));
    }

    [Fact]
    public void Missing_and_truncated_files_are_named()
    {
        string path = Own("warping_module.safetensors");
        using (FileStream stream = File.OpenWrite(path))
        {
            stream.SetLength(stream.Length - 4);
        }

        Assert.Contains(path, Assert.Throws<CheckpointFormatException>(() => WeightSet.Open(folder.Path)).Message, StringComparison.Ordinal);
        Assert.Equal(2, Problems("warping_module").Count);

        File.Delete(path);
        Assert.Contains(path, Assert.Throws<FileNotFoundException>(() => WeightSet.Open(folder.Path)).Message, StringComparison.Ordinal);
        Assert.Contains(path, Assert.Single(Problems("warping_module")), StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_of_another_version_are_refused()
    {
        Edit(root => root["version"] = 2);

        WeightVersionException exception = Assert.Throws<WeightVersionException>(() => WeightSet.Open(folder.Path));
        Assert.Equal(2, exception.Found);
        Assert.Contains("version 2", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_weights_is_refused_with_advice()
    {
        File.Delete(folder.File("moda.json"));

        FileNotFoundException exception = Assert.Throws<FileNotFoundException>(() => WeightSet.Open(folder.Path));
        Assert.Contains("weights synthesize", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("format", "\"other\"")]
    [InlineData("format", "1")]
    [InlineData("version", "\"one\"")]
    [InlineData("element_type", "\"F12\"")]
    [InlineData("preset", "\"huge\"")]
    [InlineData("networks", "[]")]
    [InlineData("networks", "{\"audio_encoder\":{}}")]
    [InlineData("networks", "{\"audio_encoder\":{\"file\":\"../x\",\"bytes\":1,\"sha256\":\"\",\"tensors\":1,\"parameters\":1,\"sources\":[],\"sizes\":{}}}")]
    [InlineData("motion_statistics", "{\"mean\":[1],\"std\":[1],\"source\":\"\"}")]
    [InlineData("audio_encoder", "null")]
    public void A_damaged_description_is_refused(string key, string value)
    {
        Edit(root => root[key] = JsonNode.Parse(value));

        CheckpointFormatException exception = Assert.Throws<CheckpointFormatException>(() => WeightSet.Open(folder.Path));
        Assert.Equal(folder.File("moda.json"), exception.Path);
    }

    [Theory]
    [InlineData("\"attention_heads\": 2", "\"attention_heads\": 0", "number of attention heads is 0")]
    [InlineData("\"attention_heads\": 2", "\"attention_heads\": -4", "number of attention heads is -4")]
    [InlineData("\"attention_heads\": 2", "\"attention_heads\": 3", "3 attention heads, which do not divide the width 128")]
    [InlineData("[5, 2, 2, 2, 2, 2, 2]", "[5, 0, 2]", "convolution strides are [5, 0, 2]")]
    [InlineData("[5, 2, 2, 2, 2, 2, 2]", "[]", "convolution strides are []")]
    [InlineData("[5, 2, 2, 2, 2, 2, 2]", "[2000000000]", "convolution strides are [2000000000]")]
    [InlineData("1E-05", "0", "epsilon of layer norms is 0")]
    [InlineData("1E-05", "1e300", "epsilon of layer norms is")]
    [InlineData("\"sampling_rate\": 16000", "\"sampling_rate\": 0", "sampling rate is 0")]
    [InlineData("\"model_type\": \"hubert\"", "\"model_type\": \"whisper\"", "model_type is 'whisper'")]
    [InlineData("\"std\": [", "\"std\": [1e300, ", "do not have 70 means")]
    [InlineData("8.881922", "1e300", "standard deviation Infinity at dimension 67")]
    [InlineData("8.881922", "0", "standard deviation 0 at dimension 67")]
    [InlineData("8.881922", "-1", "standard deviation -1 at dimension 67")]
    [InlineData("-2.3406775", "1e300", "mean Infinity at dimension 67")]
    [InlineData("-2.3406775", "NaN", "it is damaged")]
    [InlineData("\"file\": \"warping_module.safetensors\"", "\"file\": \"..\"", "is not a file of the same folder")]
    [InlineData("\"file\": \"warping_module.safetensors\"", "\"file\": \"a\\u0000b\"", "'a\\u0000b' is not a file of the same folder")]
    [InlineData("\"width\": 128", "\"width\": 128, \"width\": 128", "the size 'width' twice")]
    [InlineData("\"bytes\": ", "\"bytes\": -", "a negative number of bytes")]
    [InlineData("\"origin\": \"", "\"origin\": \"\\ud800", "it is damaged")]
    public void A_description_with_values_that_no_weights_have_is_refused(string original, string replacement, string problem)
    {
        string text = File.ReadAllText(folder.File("moda.json"));
        Assert.Contains(original, text, StringComparison.Ordinal);
        File.WriteAllText(folder.File("moda.json"), text.Replace(original, replacement, StringComparison.Ordinal));

        CheckpointFormatException exception = Assert.Throws<CheckpointFormatException>(() => WeightSet.Open(folder.Path));
        Assert.Contains(problem, exception.Message, StringComparison.Ordinal);
        Assert.Equal(folder.File("moda.json"), exception.Path);
    }

    [Fact]
    public void A_tensor_without_elements_is_named_when_the_set_is_opened()
    {
        Rewrite("warping_module", (_, _, _) => { }, entry => entry.Name == "third.conv.bias" ? new SafetensorsEntry(entry.Name, entry.Type, new[] { 0 }) : entry, empty: "third.conv.bias");

        TensorMismatchException exception = Assert.Throws<TensorMismatchException>(() => WeightSet.Open(folder.Path));
        Assert.Equal("third.conv.bias", exception.TensorName);
        Assert.Contains("is [0], but [", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_description_without_end_is_refused_unread()
    {
        using (FileStream stream = File.OpenWrite(folder.File("moda.json")))
        {
            stream.SetLength(3L << 30);
        }

        Assert.Contains("more than any such file needs", Assert.Throws<CheckpointFormatException>(() => WeightSet.Open(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_description_that_is_no_json_is_refused()
    {
        File.WriteAllText(folder.File("moda.json"), "{ \"format\": ");

        Assert.Throws<CheckpointFormatException>(() => WeightSet.Open(folder.Path));
    }

    [Fact]
    public void An_output_that_is_a_file_is_refused_by_name()
    {
        string path = folder.File("file");
        File.WriteAllText(path, "");

        IOException exception = Assert.Throws<IOException>(() =>
            WeightSynthesizer.Synthesize(WeightPreset.Tiny, 0, path, cancellation: TestContext.Current.CancellationToken));
        Assert.Contains(path, exception.Message, StringComparison.Ordinal);
    }

    private static float[] Read(ITensorSource source, string name)
    {
        Assert.True(source.TryGetShape(name, out ReadOnlyMemory<int> shape));
        float[] values = new float[shape.ToArray().Aggregate(1, (a, b) => a * b)];
        source.Read(name, values);
        return values;
    }

    private IReadOnlyList<NetworkVerification> Verify() => WeightVerifier.Verify(folder.Path, cancellation: TestContext.Current.CancellationToken);

    private IReadOnlyList<string> Problems(string network) => Verify().Single(result => result.Network == network).Problems;

    /// <summary>Puts a copy in the place of a link.</summary>
    private string Own(string name)
    {
        string path = folder.File(name);
        byte[] bytes = File.ReadAllBytes(path);
        File.Delete(path);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    private void Edit(Action<JsonNode> edit)
    {
        JsonNode root = JsonNode.Parse(File.ReadAllText(folder.File("moda.json")))!;
        edit(root);
        File.WriteAllText(folder.File("moda.json"), root.ToJsonString());
    }

    /// <summary>Writes a network's file anew with other values or entries, and its hash into the description.</summary>
    private void Rewrite(
        string network, Action<string, SafetensorsEntry, float[]> change, Func<SafetensorsEntry, SafetensorsEntry>? rename = null, string? empty = null)
    {
        string path = Own(network + ".safetensors");
        List<(SafetensorsEntry Entry, float[] Values)> tensors = [];
        using (SafetensorsFile file = SafetensorsFile.Open(path))
        {
            foreach (SafetensorsEntry entry in file.Entries)
            {
                float[] values = file.ReadFloat32(entry.Name);
                change(entry.Name, entry, values);
                tensors.Add((rename?.Invoke(entry) ?? entry, entry.Name == empty ? [] : values));
            }
        }

        using (var writer = new SafetensorsWriter(path, [.. tensors.Select(tensor => tensor.Entry)]))
        {
            foreach ((SafetensorsEntry entry, float[] values) in tensors)
            {
                writer.Write(entry.Name, values);
            }

            writer.Complete();
        }

        Edit(root => root["networks"]![network]!["bytes"] = new FileInfo(path).Length);
        Edit(root => root["networks"]![network]!["sha256"] = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path))));
    }

    /// <summary>The synthetic weights that all tests look at.</summary>
    public sealed class SynthesizedSet : IDisposable
    {
        private readonly TemporaryFolder folder = new();

        public SynthesizedSet() =>
            WeightSynthesizer.Synthesize(WeightPreset.Tiny, 5, folder.Path, cancellation: TestContext.Current.CancellationToken);

        public string Folder => folder.Path;

        public void Dispose() => folder.Dispose();
    }
}
