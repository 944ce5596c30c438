using System.Text.Json;
using Moda.Weights.Files;
using Moda.Weights.Structure;

namespace Moda.Weights.Sets;

/// <summary>Settings of an audio encoder that its tensor shapes do not show.</summary>
/// <param name="ModelType"><c>hubert</c> or <c>wav2vec2</c>.</param>
/// <param name="AttentionHeads">Attention heads of each transformer layer.</param>
/// <param name="ConvolutionStrides">Strides of the feature extractor's convolutions.</param>
/// <param name="LayerNormEpsilon">Epsilon of the layer norms.</param>
/// <param name="NormalizesInput">Whether the waveform is first normalised to zero mean and unit variance (<c>do_normalize</c>).</param>
/// <param name="SamplingRate">Samples per second of the encoder's input.</param>
internal sealed record AudioEncoderSettings(
    string ModelType, int AttentionHeads, IReadOnlyList<int> ConvolutionStrides, float LayerNormEpsilon, bool NormalizesInput, int SamplingRate)
{
    private static readonly string[] KnownModelTypes = ["hubert", "wav2vec2"];

    // The defaults of the transformers library, for keys that a configuration leaves out.
    private static readonly int[] DefaultStrides = [5, 2, 2, 2, 2, 2, 2];
    private const int DefaultHeads = 12;
    private const float DefaultEpsilon = 1e-5f;
    private const int DefaultSamplingRate = 16000;

    // Larger than in any real model. Larger values come from damaged files.
    private const int MostHeads = 1024;
    private const int MostConvolutions = 64;
    private const int LargestStride = 1024;
    private const int LargestSamplingRate = 1_000_000;
    private const int LargestFile = 1 << 20;

    /// <summary>The settings of HuBERT base, with as many heads of 64 channels as the preset's width holds.</summary>
    public static AudioEncoderSettings ForPreset(WeightPreset preset) => new(
        "hubert", NetworkStructure.Of("audio_encoder").Sizes(preset)["width"] / 64, DefaultStrides, DefaultEpsilon, true, DefaultSamplingRate);

    /// <summary>Reads a published model's <c>config.json</c> and <c>preprocessor_config.json</c>.</summary>
    /// <param name="configPath">The model's configuration.</param>
    /// <param name="preprocessorPath">
    /// The configuration of the model's preprocessing; null when there is none, and then the input is normalised.
    /// </param>
    /// <exception cref="CheckpointFormatException">A file is damaged, or the model's kind is not supported.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static AudioEncoderSettings Read(string configPath, string? preprocessorPath)
    {
        using JsonDocument config = Parse(configPath);
        bool normalizes = true;
        int samplingRate = DefaultSamplingRate;
        if (preprocessorPath is not null)
        {
            using JsonDocument preprocessor = Parse(preprocessorPath);
            normalizes = Get(preprocessorPath, preprocessor, "do_normalize", true, value => value.GetBoolean());
            samplingRate = Get(preprocessorPath, preprocessor, "sampling_rate", DefaultSamplingRate, value => value.GetInt32());
        }

        string modelType = Get(configPath, config, "model_type", "hubert", value => value.GetString()!);
        Require(
            configPath,
            !Get(configPath, config, "do_stable_layer_norm", false, value => value.GetBoolean()),
            "it has do_stable_layer_norm, which only the large models have; the base models are supported");
        Require(
            configPath,
            !Get(configPath, config, "conv_bias", false, value => value.GetBoolean()),
            "it has conv_bias, which only the large models have; the base models are supported");
        foreach ((string key, string supported) in (ReadOnlySpan<(string, string)>)
            [("feat_extract_norm", "group"), ("feat_extract_activation", "gelu"), ("hidden_act", "gelu")])
        {
            string value = Get(configPath, config, key, supported, element => element.GetString()!);
            Require(configPath, value == supported, $"its {key} is '{value}'; only '{supported}' is supported");
        }

        return new AudioEncoderSettings(
            modelType,
            Get(configPath, config, "num_attention_heads", DefaultHeads, value => value.GetInt32()),
            Get(configPath, config, "conv_stride", DefaultStrides, value => value.EnumerateArray().Select(stride => stride.GetInt32()).ToArray()),
            Get(configPath, config, "layer_norm_eps", DefaultEpsilon, value => value.GetSingle()),
            normalizes,
            samplingRate).Check(configPath);
    }

    /// <summary>Refuses settings that no encoder can have.</summary>
    /// <param name="path">The file that the values come from.</param>
    /// <exception cref="CheckpointFormatException">A setting is out of range. The message names it.</exception>
    internal AudioEncoderSettings Check(string path)
    {
        Require(path, KnownModelTypes.Contains(ModelType), $"its model_type is '{ModelType}'; hubert and wav2vec2 are supported");
        Require(path, AttentionHeads is > 0 and <= MostHeads, $"its number of attention heads is {AttentionHeads}; 1 to {MostHeads} are possible");
        Require(
            path,
            ConvolutionStrides.Count is > 0 and <= MostConvolutions && ConvolutionStrides.All(stride => stride is > 0 and <= LargestStride),
            $"its convolution strides are [{string.Join(", ", ConvolutionStrides.Take(MostConvolutions))}]; one to {MostConvolutions} numbers from 1 to {LargestStride} are possible");
        Require(path, LayerNormEpsilon is > 0 and < 1, $"its epsilon of layer norms is {LayerNormEpsilon}; it must lie between 0 and 1");
        Require(path, SamplingRate is > 0 and <= LargestSamplingRate, $"its sampling rate is {SamplingRate}; 1 to {LargestSamplingRate} are possible");
        return this;
    }

    private static JsonDocument Parse(string path)
    {
        try
        {
            JsonDocument document = JsonDocument.Parse(OrdinaryFile.ReadSmall(path, LargestFile));
            Require(path, document.RootElement.ValueKind == JsonValueKind.Object, "it is no JSON object");
            return document;
        }
        catch (JsonException exception)
        {
            throw new CheckpointFormatException(path, $"it is not valid JSON ({exception.Message}).", exception);
        }
    }

    private static T Get<T>(string path, JsonDocument document, string key, T missing, Func<JsonElement, T> read)
    {
        try
        {
            return document.RootElement.TryGetProperty(key, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? read(value) : missing;
        }
        catch (Exception exception) when (exception is InvalidOperationException or FormatException)
        {
            throw new CheckpointFormatException(path, $"its '{key}' is not as expected ({exception.Message}).", exception);
        }
    }

    private static void Require(string path, bool condition, string problem)
    {
        if (!condition)
        {
            throw new CheckpointFormatException(path, problem + ".");
        }
    }
}
