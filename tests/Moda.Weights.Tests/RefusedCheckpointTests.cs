using Moda.Testing.Checkpoints;
using Moda.Weights.Conversion;
using Xunit;

namespace Moda.Weights.Tests;

/// <summary>Checkpoints that are not converted: the error names the part, and nothing is written.</summary>
public sealed class RefusedCheckpointTests : ConversionTests
{
    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.NegativeInfinity)]
    public void A_value_that_is_no_number_is_refused_by_name(float value)
    {
        string source = CopyFixtures();
        string path = Path.Combine(source, "decode", "v1", "first_stage", "base_models", "warping_module.pth");
        Dictionary<string, (int[] Shape, float[] Values)> tensors = ReadStateDict(path);
        string name = tensors.Keys.First(candidate => candidate.EndsWith("conv.weight", StringComparison.Ordinal));
        tensors[name].Values[1] = value;
        TorchFile.WriteStateDict(path, tensors);

        TensorMismatchException exception = Assert.Throws<TensorMismatchException>(() => Convert(source));

        Assert.Equal(name, exception.TensorName);
        Assert.Contains("at element 1, but a finite number is needed", exception.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.File("out")));
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
        Assert.Equal(["audio/a/pytorch_model.bin"], chosen.Networks["audio_encoder"].Sources);
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
}
