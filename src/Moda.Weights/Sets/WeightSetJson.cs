using System.Globalization;
using System.Text.Json;
using Moda.Weights.Files;

namespace Moda.Weights.Sets;

/// <summary>Reads and writes <c>moda.json</c>.</summary>
internal static class WeightSetJson
{
    private const string Format = "moda-weights";

    // A real moda.json has a few kilobytes.
    private const int LargestFile = 1 << 20;

    // The longest file name of every common file system.
    private const int LongestName = 255;

    public static byte[] Write(WeightSetDescription set)
    {
        using var memory = new MemoryStream();
        using (var json = new Utf8JsonWriter(memory, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartObject();
            json.WriteString("format", Format);
            json.WriteNumber("version", WeightSetDescription.FormatVersion);
            json.WriteString("origin", set.Origin);
            if (set is { Preset: WeightPreset preset, Seed: ulong seed })
            {
                json.WriteString("preset", preset.Name());
                json.WriteNumber("seed", seed);
            }

            json.WriteString("element_type", set.ElementType.SafetensorsName());
            json.WriteStartObject("networks");
            foreach ((string module, NetworkFile network) in set.Networks)
            {
                WriteNetwork(json, module, network);
            }

            json.WriteEndObject();
            WriteAudioEncoder(json, set.AudioEncoder);
            json.WriteStartObject("motion_statistics");
            json.WriteString("source", set.MotionStatistics.Source);
            WriteRow(json, "mean", set.MotionStatistics.Mean.ToArray());
            WriteRow(json, "std", set.MotionStatistics.StandardDeviation.ToArray());
            json.WriteEndObject();
            json.WriteEndObject();
        }

        memory.WriteByte((byte)'\n');
        return memory.ToArray();
    }

    /// <summary>Reads a description.</summary>
    /// <exception cref="WeightVersionException">The file has another format version.</exception>
    /// <exception cref="CheckpointFormatException">The file is damaged or does not describe weights.</exception>
    public static WeightSetDescription Read(string path)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(OrdinaryFile.ReadSmall(path, LargestFile));
            JsonElement root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("format", out JsonElement format) || format.GetString() != Format)
            {
                throw new CheckpointFormatException(path, "it does not describe a set of weights.");
            }

            int version = root.GetProperty("version").GetInt32();
            return version == WeightSetDescription.FormatVersion
                ? ReadVersion1(path, root)
                : throw new WeightVersionException(path, version, WeightSetDescription.FormatVersion);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException or KeyNotFoundException)
        {
            throw new CheckpointFormatException(path, $"it is damaged ({exception.Message}).", exception);
        }
    }

    private static void WriteNetwork(Utf8JsonWriter json, string module, NetworkFile network)
    {
        json.WriteStartObject(module);
        json.WriteString("file", network.File);
        json.WriteNumber("bytes", network.ByteLength);
        json.WriteString("sha256", network.Sha256);
        json.WriteNumber("tensors", network.TensorCount);
        json.WriteNumber("parameters", network.ParameterCount);
        json.WriteStartArray("sources");
        foreach (string source in network.Sources)
        {
            json.WriteStringValue(source);
        }

        json.WriteEndArray();
        json.WriteStartObject("sizes");
        foreach ((string name, int size) in network.Sizes)
        {
            json.WriteNumber(name, size);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteAudioEncoder(Utf8JsonWriter json, AudioEncoderSettings settings)
    {
        json.WriteStartObject("audio_encoder");
        json.WriteString("model_type", settings.ModelType);
        json.WriteNumber("attention_heads", settings.AttentionHeads);
        WriteRow(json, "convolution_strides", settings.ConvolutionStrides);
        json.WriteNumber("layer_norm_epsilon", settings.LayerNormEpsilon);
        json.WriteBoolean("normalizes_input", settings.NormalizesInput);
        json.WriteNumber("sampling_rate", settings.SamplingRate);
        json.WriteEndObject();
    }

    // Writes a vector on one line. One number a line would make the file 140 lines longer and hard to read.
    private static void WriteRow<T>(Utf8JsonWriter json, string name, IReadOnlyList<T> values)
        where T : IFormattable
    {
        json.WritePropertyName(name);
        json.WriteRawValue($"[{string.Join(", ", values.Select(value => value.ToString(null, CultureInfo.InvariantCulture)))}]");
    }

    private static WeightSetDescription ReadVersion1(string path, JsonElement root)
    {
        WeightPreset? preset = null;
        if (root.TryGetProperty("preset", out JsonElement presetName))
        {
            preset = WeightPresets.TryParse(presetName.GetString(), out WeightPreset parsed)
                ? parsed
                : throw new CheckpointFormatException(path, $"its preset '{presetName.GetString()}' is unknown.");
        }

        if (!StoredTypes.TryParseSafetensorsName(root.GetProperty("element_type").GetString(), out StoredType elementType))
        {
            throw new CheckpointFormatException(path, "its element_type is unknown.");
        }

        var networks = new OrderedDictionary<string, NetworkFile>(StringComparer.Ordinal);
        foreach (JsonProperty network in root.GetProperty("networks").EnumerateObject())
        {
            networks[network.Name] = ReadNetwork(path, network.Name, network.Value);
        }

        JsonElement audio = root.GetProperty("audio_encoder");
        JsonElement statistics = root.GetProperty("motion_statistics");
        float[] mean = ReadFloats(statistics.GetProperty("mean"));
        float[] deviation = ReadFloats(statistics.GetProperty("std"));
        if (mean.Length != MeanAndDeviation.Dimensions || deviation.Length != MeanAndDeviation.Dimensions)
        {
            throw new CheckpointFormatException(path, $"its motion_statistics do not have {MeanAndDeviation.Dimensions} means and deviations.");
        }

        return new WeightSetDescription(
            root.GetProperty("origin").GetString() ?? "",
            preset,
            root.TryGetProperty("seed", out JsonElement seed) ? seed.GetUInt64() : null,
            elementType,
            networks,
            new AudioEncoderSettings(
                audio.GetProperty("model_type").GetString() ?? "",
                audio.GetProperty("attention_heads").GetInt32(),
                [.. audio.GetProperty("convolution_strides").EnumerateArray().Select(stride => stride.GetInt32())],
                audio.GetProperty("layer_norm_epsilon").GetSingle(),
                audio.GetProperty("normalizes_input").GetBoolean(),
                audio.GetProperty("sampling_rate").GetInt32()).Check(path),
            new MeanAndDeviation(mean, deviation, statistics.GetProperty("source").GetString() ?? "").Check(path));
    }

    private static NetworkFile ReadNetwork(string path, string module, JsonElement element)
    {
        string file = element.GetProperty("file").GetString() ?? "";
        if (Path.GetFileName(file) != file || file is "" or "." or ".." || file.Length > LongestName || file.Any(char.IsControl))
        {
            throw new CheckpointFormatException(path, $"its file '{file}' is not a file of the same folder.");
        }

        var network = new NetworkFile(
            file,
            element.GetProperty("bytes").GetInt64(),
            element.GetProperty("sha256").GetString() ?? "",
            element.GetProperty("tensors").GetInt32(),
            element.GetProperty("parameters").GetInt64(),
            [.. element.GetProperty("sources").EnumerateArray().Select(source => source.GetString() ?? "")],
            ReadSizes(path, module, element.GetProperty("sizes")));
        return network is { ByteLength: >= 0, TensorCount: >= 0, ParameterCount: >= 0 }
            ? network
            : throw new CheckpointFormatException(path, $"its network '{module}' has a negative number of bytes, tensors or parameters.");
    }

    private static Dictionary<string, int> ReadSizes(string path, string module, JsonElement element)
    {
        var sizes = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (JsonProperty size in element.EnumerateObject())
        {
            if (!sizes.TryAdd(size.Name, size.Value.GetInt32()))
            {
                throw new CheckpointFormatException(path, $"its network '{module}' has the size '{size.Name}' twice.");
            }
        }

        return sizes;
    }

    private static float[] ReadFloats(JsonElement array) => [.. array.EnumerateArray().Select(value => value.GetSingle())];
}
