using Moda.Testing;
using Xunit;

namespace Moda.Weights.Tests;

public sealed class AudioEncoderSettingsTests
{
    [Fact]
    public void A_published_configuration_is_read()
    {
        AudioEncoderSettings settings = AudioEncoderSettings.Read(
            TestData.Path("fixtures", "pretrained_weights", "audio", "chinese-hubert-base", "config.json"),
            TestData.Path("fixtures", "pretrained_weights", "audio", "chinese-hubert-base", "preprocessor_config.json"));

        Assert.Equal("hubert", settings.ModelType);
        Assert.Equal(2, settings.AttentionHeads);
        Assert.Equal([5, 2, 2, 2, 2, 2, 2], settings.ConvolutionStrides);
        Assert.Equal(1e-5f, settings.LayerNormEpsilon);
        Assert.True(settings.NormalizesInput);
    }

    [Theory]
    [InlineData("""{"model_type": "wav2vec2", "num_attention_heads": 12}""", null)]
    [InlineData("""{"model_type": "hubert", "do_stable_layer_norm": true}""", "do_stable_layer_norm")]
    [InlineData("""{"model_type": "hubert", "conv_bias": true}""", "conv_bias")]
    [InlineData("""{"model_type": "hubert", "feat_extract_norm": "layer"}""", "feat_extract_norm is 'layer'")]
    [InlineData("""{"model_type": "wav2vec2", "hidden_act": "relu"}""", "hidden_act is 'relu'")]
    [InlineData("""{"model_type": "whisper"}""", "model_type is 'whisper'")]
    [InlineData("""{"model_type": "hubert", "num_attention_heads": "twelve"}""", "num_attention_heads")]
    [InlineData("[1, 2]", "no JSON object")]
    [InlineData("not json", "not valid JSON")]
    public void Other_networks_are_refused_by_what_makes_them_other(string json, string? problem)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("config.json");
        File.WriteAllText(path, json);
        if (problem is null)
        {
            Assert.Equal("wav2vec2", AudioEncoderSettings.Read(path, preprocessorPath: null).ModelType);
            return;
        }

        CheckpointFormatException error = Assert.Throws<CheckpointFormatException>(() => AudioEncoderSettings.Read(path, preprocessorPath: null));

        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
        Assert.Equal(path, error.Path);
    }
}
