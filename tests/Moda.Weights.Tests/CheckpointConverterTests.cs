using System.Security.Cryptography;
using Moda.Testing;
using Moda.Testing.Checkpoints;
using Moda.Weights.Conversion;
using Moda.Weights.Safetensors;
using Moda.Weights.Sets;
using Moda.Weights.Synthetic;
using Xunit;

namespace Moda.Weights.Tests;

/// <summary>What a conversion writes.</summary>
public sealed class CheckpointConverterTests : ConversionTests
{
    [Fact]
    public void Plain_tensors_of_the_fixtures_pass_through_bit_for_bit()
    {
        ConversionResult result = Convert(Fixtures);

        var expected = File.ReadLines(TestData.Path("fixtures", "expected", "plain.txt")).Where(line => line[0] != '#').Select(line => line.Split(' ')).ToList();
        Assert.Equal(864, expected.Count);
        foreach (IGrouping<string, string[]> network in expected.GroupBy(columns => columns[3].Split('/')[0]))
        {
            using SafetensorsFile file = Written(network.Key);
            foreach (string[] columns in network)
            {
                string name = columns[3].Split('/')[1];
                Assert.True(file.TryGetEntry(name, out SafetensorsEntry? entry), name);
                Assert.Equal(columns[2], $"[{string.Join(',', entry.Shape.ToArray())}]");
                Assert.Equal(columns[1], entry.Type.SafetensorsName());
                Assert.Equal(columns[0], System.Convert.ToHexStringLower(SHA256.HashData(file.ReadBytes(name))));
            }
        }

        Assert.Equal(
            expected.Count + FoldedNames().Count,
            result.Networks.Values.Sum(network => network.TensorCount));
    }

    [Fact]
    public void Folded_tensors_of_the_fixtures_are_within_a_millionth()
    {
        Convert(Fixtures);

        using SafetensorsFile expected = SafetensorsFile.Open(TestData.Path("fixtures", "expected", "folded.safetensors"));
        Assert.Equal(19, expected.Names.Count);
        foreach (string name in expected.Names)
        {
            using SafetensorsFile file = Written(name.Split('/')[0]);
            AssertClose(expected.ReadFloat32(name), file.ReadFloat32(name.Split('/')[1]));
        }
    }

    [Fact]
    public void Weights_with_a_prefix_in_safetensors_and_the_new_weight_norm_give_the_same_encoder()
    {
        Convert(Fixtures);
        string first = folder.File("first");
        Directory.Move(folder.File("out"), first);
        string source = CopyFixtures();
        string encoder = Path.Combine(source, "audio", "chinese-hubert-base");
        File.Delete(Path.Combine(encoder, "pytorch_model.bin"));
        File.Copy(Path.Combine(source, "audio", "hubert-prefixed-safetensors", "model.safetensors"), Path.Combine(encoder, "model.safetensors"));

        Convert(source);

        using SafetensorsFile expected = SafetensorsFile.Open(Path.Combine(first, "audio_encoder.safetensors"));
        using SafetensorsFile actual = Written("audio_encoder");
        Assert.Equal(expected.Names, actual.Names);
        Assert.All(expected.Names, name => AssertClose(expected.ReadFloat32(name), actual.ReadFloat32(name)));
    }

    [Fact]
    public void The_description_says_what_the_tensors_do_not()
    {
        Convert(Fixtures);

        WeightSetDescription set = WeightSet.ReadDescription(folder.File("out"));
        Assert.Equal("converted from pretrained_weights", set.Origin);
        Assert.Equal("hubert", set.AudioEncoder.ModelType);
        Assert.Equal(2, set.AudioEncoder.AttentionHeads);
        Assert.Equal([5, 2, 2, 2, 2, 2, 2], set.AudioEncoder.ConvolutionStrides);
        Assert.True(set.AudioEncoder.NormalizesInput);
        Assert.Equal(32, set.Networks["audio_encoder"].Sizes["width"]);
        Assert.Equal(["audio/chinese-hubert-base/pytorch_model.bin"], set.Networks["audio_encoder"].Sources);
        Assert.Equal(
            ["audio_encoder", "motion_generator", "appearance_feature_extractor", "motion_extractor", "warping_module", "spade_generator", "stitching_retargeting"],
            set.Networks.Keys);
        foreach ((string module, NetworkFile network) in set.Networks)
        {
            byte[] bytes = File.ReadAllBytes(folder.File("out", module + ".safetensors"));
            Assert.Equal(bytes.Length, network.ByteLength);
            Assert.Equal(System.Convert.ToHexStringLower(SHA256.HashData(bytes)), network.Sha256);
        }
    }

    [Fact]
    public void Converted_weights_verify_and_open()
    {
        Convert(Fixtures);

        Assert.All(WeightVerifier.Verify(folder.File("out"), cancellation: TestContext.Current.CancellationToken), network => Assert.Empty(network.Problems));
        using WeightSet set = WeightSet.Open(folder.File("out"));
        Assert.True(set.Network("warping_module").TryGetShape("third.conv.weight", out ReadOnlyMemory<int> shape));
        Assert.Equal([16, 32, 3, 3], shape.ToArray());
        Assert.False(set.TryGetNetwork("face_parser", out _));
        Assert.Throws<KeyNotFoundException>(() => set.Network("face_parser"));
    }

    [Fact]
    public void Statistics_come_from_mean_pt_beside_the_weights_or_from_the_option_or_are_the_bundled_ones()
    {
        string mean = TestData.Path("assets", "mean.pt");
        Assert.Contains(Convert(Fixtures).Notes, note => note.Contains("mean.pt", StringComparison.Ordinal));
        Assert.Equal(MeanAndDeviation.Bundled.Source, WeightSet.ReadDescription(folder.File("out")).MotionStatistics.Source);

        Convert(new ConversionOptions(Fixtures, folder.File("out")) { MotionStatistics = mean, Overwrite = true });
        Assert.Equal("mean.pt", WeightSet.ReadDescription(folder.File("out")).MotionStatistics.Source);

        string source = CopyFixtures();
        File.Copy(mean, Path.Combine(Path.GetDirectoryName(source)!, "mean.pt"));
        Convert(new ConversionOptions(source, folder.File("out")) { Overwrite = true });
        MeanAndDeviation read = WeightSet.ReadDescription(folder.File("out")).MotionStatistics;
        Assert.Equal("mean.pt", read.Source);
        using SafetensorsFile reference = SafetensorsFile.Open(TestData.Case("e2e.tiny"));
        Assert.Equal(reference.ReadFloat32("input.motion_mean"), read.Mean.ToArray());
        Assert.Equal(reference.ReadFloat32("input.motion_std"), read.StandardDeviation.ToArray());
        Assert.Equal(MeanAndDeviation.Bundled.Mean.ToArray(), read.Mean.ToArray());
        Assert.Equal(MeanAndDeviation.Bundled.StandardDeviation.ToArray(), read.StandardDeviation.ToArray());
    }

    [Theory]
    [InlineData(StoredType.Float16)]
    [InlineData(StoredType.BFloat16)]
    public void Halves_are_the_rounded_singles(StoredType type)
    {
        Convert(Fixtures);
        using WeightSet singles = WeightSet.Open(folder.File("out"));
        Convert(new ConversionOptions(Fixtures, folder.File("half")) { ElementType = type });

        using SafetensorsFile halves = SafetensorsFile.Open(folder.File("half", "spade_generator.safetensors"));
        foreach (SafetensorsEntry entry in halves.Entries)
        {
            Assert.Equal(type, entry.Type);
            float[] single = new float[entry.ElementCount];
            singles.Network("spade_generator").Read(entry.Name, single);
            byte[] expected = new byte[2 * single.Length];
            TensorConversion.FromSingle(single, type, expected);
            Assert.Equal(expected, halves.ReadBytes(entry.Name));
        }

        Assert.All(WeightVerifier.Verify(folder.File("half"), cancellation: TestContext.Current.CancellationToken), network => Assert.Empty(network.Problems));
    }

    [Fact]
    public void Tensors_without_use_are_reported_and_left_out()
    {
        string source = CopyFixtures();
        string path = Path.Combine(source, "decode/v1/first_stage/base_models/appearance_feature_extractor.pth");
        Dictionary<string, (int[] Shape, float[] Values)> tensors = ReadStateDict(path);
        tensors["head.weight"] = ([2], [1f, 2f]);
        TorchFile.WriteStateDict(path, tensors);

        ConversionResult result = Convert(source);

        Assert.Contains(result.Notes, note => note.Contains("head.weight", StringComparison.Ordinal));
        using SafetensorsFile file = Written("appearance_feature_extractor");
        Assert.DoesNotContain("head.weight", file.Names);
    }

    [Fact]
    public void The_spectral_norm_of_the_newer_spelling_folds_alike()
    {
        string source = CopyFixtures();
        string path = Path.Combine(source, "decode/v1/first_stage/base_models/spade_generator.pth");
        Dictionary<string, (int[] Shape, float[] Values)> tensors = ReadStateDict(path).ToDictionary(
            pair => pair.Key.Replace(".weight_orig", ".parametrizations.weight.original", StringComparison.Ordinal)
                .Replace(".weight_u", ".parametrizations.weight.0._u", StringComparison.Ordinal)
                .Replace(".weight_v", ".parametrizations.weight.0._v", StringComparison.Ordinal),
            pair => pair.Value);
        TorchFile.WriteStateDict(path, tensors);

        Convert(source);

        using SafetensorsFile expected = SafetensorsFile.Open(TestData.Path("fixtures", "expected", "folded.safetensors"));
        using SafetensorsFile actual = Written("spade_generator");
        Assert.All(
            expected.Names.Where(name => name.StartsWith("spade_generator/", StringComparison.Ordinal)),
            name => AssertClose(expected.ReadFloat32(name), actual.ReadFloat32(name.Split('/')[1])));
    }

    [Fact]
    public void A_face_parser_is_converted_and_its_classifier_left_out()
    {
        string source = CopyFixtures();
        string path = Path.Combine(source, "face", "face-parsing", "79999_iter.pth");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var weights = new SyntheticWeights(WeightPreset.Tiny, "face_parser");
        Dictionary<string, (int[] Shape, float[] Values)> tensors = ReadAll(weights);
        tensors["cp.resnet.fc.weight"] = ([2], [1f, 2f]);
        tensors["cp.resnet.bn1.num_batches_tracked"] = ([], [3f]);
        TorchFile.WriteStateDict(path, tensors);

        ConversionResult result = Convert(source);

        Assert.Equal("face_parser", result.Networks.Keys.Last());
        using SafetensorsFile file = Written("face_parser");
        Assert.Equal(weights.Names, file.Names);
        Assert.Equal(tensors["ffm.conv1.weight"].Values, file.ReadFloat32("ffm.conv1.weight"));
    }

    [Fact]
    public void Progress_runs_from_nothing_to_nearly_everything()
    {
        var reports = new List<WeightProgress>();
        Convert(new ConversionOptions(Fixtures, folder.File("out")), new Recorder(reports.Add));

        Assert.Equal(0, reports[0].BytesDone);
        Assert.All(reports.Zip(reports.Skip(1)), pair => Assert.True(pair.First.BytesDone <= pair.Second.BytesDone));
        Assert.InRange(reports[^1].BytesDone, reports[^1].BytesTotal * 0.9, reports[^1].BytesTotal);
    }

    private static void AssertClose(float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        double largest = expected.Max(value => Math.Abs((double)value));
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.True(Math.Abs((double)expected[i] - actual[i]) <= 1e-6 * largest, $"element {i}: {expected[i]} and {actual[i]}");
        }
    }

    private static HashSet<string> FoldedNames()
    {
        using SafetensorsFile file = SafetensorsFile.Open(TestData.Path("fixtures", "expected", "folded.safetensors"));
        return [.. file.Names];
    }

    private SafetensorsFile Written(string network) => SafetensorsFile.Open(folder.File("out", network + ".safetensors"));
}
