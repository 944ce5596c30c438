using System.Text.Json;
using Moda.Weights;

namespace Moda.Runtime.Networks.Audio;

/// <summary>What the tensors of a HuBERT or wav2vec 2.0 checkpoint don't tell: a part of its <c>config.json</c>.</summary>
public sealed record AudioEncoderConfiguration
{
    /// <summary>Which of the two; their base networks compute the same.</summary>
    public AudioModel Model { get; init; } = AudioModel.Hubert;

    /// <summary>Attention heads (<c>num_attention_heads</c>).</summary>
    public int Heads { get; init; } = 12;

    /// <summary>Steps of the feature extractor's convolutions in samples (<c>conv_stride</c>).</summary>
    public IReadOnlyList<int> Strides { get; init; } = [5, 2, 2, 2, 2, 2, 2];

    /// <summary>Added to the variance by the transformer's layer norms (<c>layer_norm_eps</c>).</summary>
    public float LayerNormEpsilon { get; init; } = 1e-5f;

    /// <summary>Reads a <c>config.json</c>; what it does not say has the value that both base networks have.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="CheckpointFormatException">
    /// It is no JSON object, or describes another network: another <c>model_type</c>, layer norm in the feature extractor,
    /// norms before the layers (<c>do_stable_layer_norm</c>), another activation than GELU.
    /// </exception>
    /// <exception cref="IOException">It can't be read.</exception>
    public static AudioEncoderConfiguration Read(string path)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            return Parse(path, document.RootElement);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            throw new CheckpointFormatException(path, $"it does not describe a network: {exception.Message}", exception);
        }
    }

    private static AudioEncoderConfiguration Parse(string path, JsonElement json)
    {
        RequireText("feat_extract_norm", "group");
        RequireText("feat_extract_activation", "gelu");
        RequireText("hidden_act", "gelu");
        RequireFalse("do_stable_layer_norm");
        RequireFalse("conv_bias");
        var defaults = new AudioEncoderConfiguration();
        return new AudioEncoderConfiguration
        {
            Model = ParseModel(path, Find("model_type")),
            Heads = Find("num_attention_heads")?.GetInt32() ?? defaults.Heads,
            Strides = Find("conv_stride")?.EnumerateArray().Select(stride => stride.GetInt32()).ToArray() ?? defaults.Strides,
            LayerNormEpsilon = Find("layer_norm_eps")?.GetSingle() ?? defaults.LayerNormEpsilon,
        };

        JsonElement? Find(string name) => json.TryGetProperty(name, out JsonElement value) ? value : null;

        void RequireText(string name, string expected)
        {
            if (Find(name)?.GetString() is { } found && found != expected)
            {
                throw new CheckpointFormatException(
                    path, $"its {name} is '{found}'; the base networks of HuBERT and wav2vec 2.0, which are understood, have '{expected}'.");
            }
        }

        void RequireFalse(string name)
        {
            if (Find(name)?.GetBoolean() == true)
            {
                throw new CheckpointFormatException(
                    path, $"its {name} is true, as in a large network; only the base networks of HuBERT and wav2vec 2.0 are understood.");
            }
        }
    }

    private static AudioModel ParseModel(string path, JsonElement? type) => type?.GetString() switch
    {
        "hubert" => AudioModel.Hubert,
        "wav2vec2" => AudioModel.Wav2Vec2,
        string other => throw new CheckpointFormatException(path, $"its model_type is '{other}', neither 'hubert' nor 'wav2vec2'."),
        null => throw new CheckpointFormatException(path, "it has no model_type, which is 'hubert' or 'wav2vec2'."),
    };
}

/// <summary>Networks that turn speech into features.</summary>
public enum AudioModel
{
    /// <summary>HuBERT base.</summary>
    Hubert,

    /// <summary>wav2vec 2.0 base.</summary>
    Wav2Vec2,
}
