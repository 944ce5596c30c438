using System.Security.Cryptography;
using Moda.Testing;
using Moda.Testing.Checkpoints;
using Xunit;

namespace Moda.Weights.Tests;

public sealed class CheckpointConverterTests : IDisposable
{
    private static readonly string Fixtures = TestData.Path("fixtures", "pretrained_weights");

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

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
            result.Set.Networks.Values.Sum(network => network.TensorCount));
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

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.NegativeInfinity)]
    public void A_value_that_is_no_number_is_refused_by_name(float value)
    {
        string source = CopyFixtures();
        string path = Path.Combine(source, "decode", "v1", "first_stage", "base_models", "warping_module.pth");
        string name;
        using (TorchCheckpoint checkpoint = TorchCheckpoint.Open(path))
        {
            StateDict tensors = checkpoint.FindStateDict();
            name = tensors.Names.First(candidate => candidate.EndsWith("conv.weight", StringComparison.Ordinal));
            Rewritten(tensors, name, value, path + ".new");
        }

        File.Move(path + ".new", path, overwrite: true);

        TensorMismatchException exception = Assert.Throws<TensorMismatchException>(() => Convert(source));

        Assert.Equal(name, exception.TensorName);
        Assert.Contains("at element 1, but a finite number is needed", exception.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.File("out")));
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

        ConversionResult chosen = Convert(new ConversionOptions(Fixtures, folder.File("out")) { MotionStatistics = mean, Overwrite = true });
        Assert.Equal("mean.pt", chosen.Set.MotionStatistics.Source);

        string source = CopyFixtures();
        File.Copy(mean, Path.Combine(Path.GetDirectoryName(source)!, "mean.pt"));
        Assert.Equal("mean.pt", Convert(new ConversionOptions(source, folder.File("out")) { Overwrite = true }).Set.MotionStatistics.Source);

        MeanAndDeviation read = WeightSet.ReadDescription(folder.File("out")).MotionStatistics;
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

    [Theory]
    [InlineData("moda/net-200.pth")]
    [InlineData("decode/v1/first_stage/base_models/warping_module.pth")]
    [InlineData("decode/v1/first_stage/retargeting_models/stitching_retargeting_module.pth")]
    [InlineData("audio/chinese-hubert-base/config.json")]
    public void A_missing_required_part_is_named_and_nothing_is_written(string relative)
    {
        string source = CopyFixtures();
        string path = Path.Combine(source, relative);
        File.Delete(path);

        FileNotFoundException exception = Assert.Throws<FileNotFoundException>(() => Convert(source));

        Assert.Contains(path, exception.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.File("out")));
    }

    [Fact]
    public void A_missing_encoder_and_a_missing_source_are_named()
    {
        string source = CopyFixtures();
        Directory.Delete(Path.Combine(source, "audio"), recursive: true);

        Assert.Contains("pytorch_model.bin", Assert.Throws<FileNotFoundException>(() => Convert(source)).Message, StringComparison.Ordinal);
        Assert.Contains("nowhere", Assert.Throws<DirectoryNotFoundException>(() => Convert(folder.File("nowhere"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Several_encoders_need_a_choice()
    {
        string source = CopyFixtures();
        Directory.Move(Path.Combine(source, "audio", "chinese-hubert-base"), Path.Combine(source, "audio", "a"));

        Assert.Contains("several audio encoders", Assert.Throws<InvalidOperationException>(() => Convert(source)).Message, StringComparison.Ordinal);
        ConversionResult chosen = Convert(
            new ConversionOptions(source, folder.File("out")) { AudioEncoder = Path.Combine(source, "audio", "a") });
        Assert.Equal(["audio/a/pytorch_model.bin"], chosen.Set.Networks["audio_encoder"].Sources);
    }

    [Fact]
    public void A_truncated_checkpoint_is_refused_and_nothing_is_written()
    {
        string source = CopyFixtures();
        string path = Path.Combine(source, "moda", "net-200.pth");
        using (FileStream stream = File.OpenWrite(path))
        {
            stream.SetLength(stream.Length / 2);
        }

        CheckpointFormatException exception = Assert.Throws<CheckpointFormatException>(() => Convert(source));

        Assert.Contains(path, exception.Message, StringComparison.Ordinal);
        Assert.Contains("truncated", exception.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.File("out")));
    }

    [Fact]
    public void A_tensor_of_a_wrong_shape_or_a_missing_one_is_named()
    {
        string source = CopyFixtures();
        string path = Path.Combine(source, "decode/v1/first_stage/base_models/appearance_feature_extractor.pth");
        Dictionary<string, (int[] Shape, float[] Values)> tensors = ReadStateDict(path);
        tensors["resblocks_3d.3dr3.conv1.weight"] = ([2, 3, 3, 3, 3], new float[2 * 81]);
        TorchFile.WriteStateDict(path, tensors);

        TensorMismatchException mismatch = Assert.Throws<TensorMismatchException>(() => Convert(source));
        Assert.Equal("resblocks_3d.3dr3.conv1.weight", mismatch.TensorName);
        Assert.Contains("[2, 3, 3, 3, 3], but [2, 2, 3, 3, 3] is needed", mismatch.Message, StringComparison.Ordinal);
        Assert.Contains(path, mismatch.Message, StringComparison.Ordinal);

        tensors.Remove("resblocks_3d.3dr3.conv1.weight");
        TorchFile.WriteStateDict(path, tensors);
        Assert.Equal("resblocks_3d.3dr3.conv1.weight", Assert.Throws<TensorNotFoundException>(() => Convert(source)).TensorName);
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

        Assert.Equal("face_parser", result.Set.Networks.Keys.Last());
        using SafetensorsFile file = Written("face_parser");
        Assert.Equal(weights.Names, file.Names);
        Assert.Equal(tensors["ffm.conv1.weight"].Values, file.ReadFloat32("ffm.conv1.weight"));
    }

    [Fact]
    public void Cancellation_leaves_nothing_and_keeps_what_was_there()
    {
        using var cancellation = new CancellationTokenSource();
        var progress = new Recorder(report =>
        {
            if (report.Network == "warping_module")
            {
                cancellation.Cancel();
            }
        });

        Assert.Throws<OperationCanceledException>(() =>
            CheckpointConverter.Convert(new ConversionOptions(Fixtures, folder.File("a", "b")), progress, cancellation.Token));
        Assert.False(Directory.Exists(folder.File("a")));

        Directory.CreateDirectory(folder.File("kept"));
        File.WriteAllText(folder.File("kept", "moda.json"), "older");
        Assert.Throws<OperationCanceledException>(() =>
            CheckpointConverter.Convert(new ConversionOptions(Fixtures, folder.File("kept")) { Overwrite = true }, progress, cancellation.Token));
        Assert.Equal([folder.File("kept", "moda.json")], Directory.GetFileSystemEntries(folder.File("kept")));
        Assert.Equal("older", File.ReadAllText(folder.File("kept", "moda.json")));
    }

    [Theory]
    [InlineData("moda.json", "holds weights already")]
    [InlineData("notes.txt", "holds 'notes.txt', which is not from an earlier run")]
    [InlineData("warping_module.safetensors", "holds 'warping_module.safetensors', which is not")]
    public void A_folder_that_holds_something_is_refused_before_anything_is_read(string name, string problem)
    {
        Directory.CreateDirectory(folder.File("out"));
        File.WriteAllText(folder.File("out", name), "mine");
        string source = CopyFixtures();
        File.WriteAllText(Path.Combine(source, "moda", "net-200.pth"), "damaged");

        string message = Assert.Throws<IOException>(() => Convert(source)).Message;

        Assert.Contains(problem, message, StringComparison.Ordinal);
        Assert.Contains("--overwrite", message, StringComparison.Ordinal);
        Assert.Equal("mine", File.ReadAllText(folder.File("out", name)));
    }

    [Fact]
    public void With_overwrite_weights_are_replaced_and_other_files_stay()
    {
        Directory.CreateDirectory(folder.File("out"));
        File.WriteAllText(folder.File("out", "notes.txt"), "mine");
        File.WriteAllText(folder.File("out", "moda.json"), "older");

        Convert(new ConversionOptions(Fixtures, folder.File("out")) { Overwrite = true });

        Assert.Equal("mine", File.ReadAllText(folder.File("out", "notes.txt")));
        using WeightSet set = WeightSet.Open(folder.File("out"));
        Assert.NotEmpty(set.Networks);
    }

    [Fact]
    public void What_a_killed_process_has_left_unfinished_is_no_obstacle()
    {
        Directory.CreateDirectory(folder.File("out"));
        File.WriteAllText(folder.File("out", ".warping_module.safetensors.1.partial"), "");

        Assert.NotEmpty(Convert(new ConversionOptions(Fixtures, folder.File("out"))).Set.Networks);
    }

    [Fact]
    public void An_input_is_never_an_output()
    {
        string source = CopyFixtures();
        string statistics = Path.Combine(folder.File("out"), "moda.json");
        Directory.CreateDirectory(folder.File("out"));
        File.Copy(TestData.Path("assets", "mean.pt"), folder.File("mean.pt"));
        File.CreateSymbolicLink(statistics, folder.File("mean.pt"));
        byte[] before = File.ReadAllBytes(statistics);

        string message = Assert.Throws<IOException>(() => Convert(
            new ConversionOptions(source, folder.File("out")) { Overwrite = true, MotionStatistics = folder.File("mean.pt") })).Message;

        Assert.Contains("its 'moda.json' is the input", message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(folder.File("mean.pt")));
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

    [Fact]
    public void Numbers_beyond_float16_are_named_instead_of_becoming_infinite()
    {
        string source = CopyFixtures();
        string path = Path.Combine(source, "decode/v1/first_stage/base_models/appearance_feature_extractor.pth");
        Dictionary<string, (int[] Shape, float[] Values)> tensors = ReadStateDict(path);
        tensors["second.bias"].Values[3] = 70000f;
        TorchFile.WriteStateDict(path, tensors);

        TensorMismatchException exception = Assert.Throws<TensorMismatchException>(() =>
            Convert(new ConversionOptions(source, folder.File("half")) { ElementType = StoredType.Float16 }));
        Assert.Equal("second.bias", exception.TensorName);
        Assert.False(Directory.Exists(folder.File("half")));
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

    private static Dictionary<string, (int[] Shape, float[] Values)> ReadStateDict(string path)
    {
        using TorchCheckpoint checkpoint = TorchCheckpoint.Open(path);
        return ReadAll(checkpoint.FindStateDict());
    }

    private static Dictionary<string, (int[] Shape, float[] Values)> ReadAll(ITensorSource source) =>
        source.Names.ToDictionary(name => name, name =>
        {
            Assert.True(source.TryGetShape(name, out ReadOnlyMemory<int> shape));
            float[] values = new float[shape.ToArray().Aggregate(1, (a, b) => a * b)];
            source.Read(name, values);
            return (shape.ToArray(), values);
        });

    private ConversionResult Convert(string source) => Convert(new ConversionOptions(source, folder.File("out")));

    private static ConversionResult Convert(ConversionOptions options, IProgress<WeightProgress>? progress = null) =>
        CheckpointConverter.Convert(options, progress, TestContext.Current.CancellationToken);

    private SafetensorsFile Written(string network) => SafetensorsFile.Open(folder.File("out", network + ".safetensors"));

    private string CopyFixtures()
    {
        string target = folder.File("copy", "pretrained_weights");
        foreach (string file in Directory.GetFiles(Fixtures, "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(target, Path.GetRelativePath(Fixtures, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        return target;
    }

    private sealed class Recorder(Action<WeightProgress> action) : IProgress<WeightProgress>
    {
        public void Report(WeightProgress value) => action(value);
    }

    /// <summary>Writes a checkpoint again with one value replaced.</summary>
    private static void Rewritten(StateDict tensors, string changed, float value, string path) =>
        TorchFile.WriteStateDict(path, tensors.Names.Select(name =>
        {
            Assert.True(tensors.TryGetShape(name, out ReadOnlyMemory<int> shape));
            float[] values = new float[shape.ToArray().Aggregate(1, (a, b) => a * b)];
            tensors.Read(name, values);
            if (name == changed)
            {
                values[1] = value;
            }

            return KeyValuePair.Create(name, (shape.ToArray(), values));
        }));
}
