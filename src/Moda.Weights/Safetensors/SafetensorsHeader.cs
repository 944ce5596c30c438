using System.Text.Json;

namespace Moda.Weights.Safetensors;

/// <summary>
/// The header of a safetensors file: eight bytes of length (little-endian), then a JSON object that gives the type, shape and position of
/// every tensor, and strings under <c>__metadata__</c>. Reading is strict: the tensors must cover the rest of the file without gap or
/// overlap, so that two readers cannot understand one file differently.
/// </summary>
internal static class SafetensorsHeader
{
    public const int LengthPrefix = 8;

    private const string MetadataKey = "__metadata__";

    /// <summary>Reads a header.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="json">The JSON object.</param>
    /// <param name="dataLength">The number of bytes after the header.</param>
    /// <param name="metadata">Receives the strings under <c>__metadata__</c>.</param>
    /// <returns>The tensors, in the order of the file's bytes.</returns>
    public static List<SafetensorsEntry> Parse(string path, ReadOnlySpan<byte> json, long dataLength, Dictionary<string, string> metadata)
    {
        var entries = new List<SafetensorsEntry>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 8 });
        try
        {
            Expect(path, ref reader, JsonTokenType.StartObject, "the header");
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                string name = reader.GetString()!;
                if (!names.Add(name))
                {
                    throw new CheckpointFormatException(path, $"its header names '{name}' twice.");
                }

                if (name == MetadataKey)
                {
                    ParseMetadata(path, ref reader, metadata);
                }
                else
                {
                    entries.Add(ParseEntry(path, ref reader, name));
                }
            }

            // Trailing spaces are padding. The reader throws on anything else.
            while (reader.Read())
            {
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new CheckpointFormatException(path, $"its header is not valid JSON ({exception.Message}).", exception);
        }

        CheckCoverage(path, entries, dataLength);
        return entries;
    }

    private static void ParseMetadata(string path, ref Utf8JsonReader reader, Dictionary<string, string> metadata)
    {
        Expect(path, ref reader, JsonTokenType.StartObject, MetadataKey);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = reader.GetString()!;
            Expect(path, ref reader, JsonTokenType.String, $"{MetadataKey} '{key}'");
            metadata[key] = reader.GetString()!;
        }
    }

    private static SafetensorsEntry ParseEntry(string path, ref Utf8JsonReader reader, string name)
    {
        string? typeName = null;
        List<long>? shape = null;
        List<long>? offsets = null;
        Expect(path, ref reader, JsonTokenType.StartObject, $"the entry of '{name}'");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = reader.GetString()!;
            switch (key)
            {
                case "dtype" when typeName is null:
                    Expect(path, ref reader, JsonTokenType.String, $"dtype of '{name}'");
                    typeName = reader.GetString();
                    break;
                case "shape" when shape is null:
                    shape = ParseNumbers(path, ref reader, $"shape of '{name}'");
                    break;
                case "data_offsets" when offsets is null:
                    offsets = ParseNumbers(path, ref reader, $"data_offsets of '{name}'");
                    break;
                default:
                    throw new CheckpointFormatException(path, $"the entry of '{name}' has an unknown or repeated key '{key}'.");
            }
        }

        if (typeName is null || shape is null || offsets is not [long begin, long end])
        {
            throw new CheckpointFormatException(path, $"the entry of '{name}' lacks its dtype, its shape or its two data_offsets.");
        }

        if (!StoredTypes.TryParseSafetensorsName(typeName, out StoredType type))
        {
            throw new CheckpointFormatException(path, $"tensor '{name}' has the type '{typeName}', which is not supported.");
        }

        int[] extents = CheckShape(path, name, shape);
        var entry = new SafetensorsEntry(name, type, extents) { Offset = begin };
        if (end - begin != entry.ByteLength)
        {
            throw new CheckpointFormatException(
                path, $"tensor '{name}' is {typeName} {TensorShape.Format(extents)} of {entry.ByteLength} bytes, but its data_offsets {begin} and {end} differ.");
        }

        return entry;
    }

    // A span holds at most 2^31 - 1 elements. The networks' tensors are far smaller.
    private static int[] CheckShape(string path, string name, List<long> shape)
    {
        long count = 1;
        int[] extents = new int[shape.Count];
        for (int i = 0; i < extents.Length; i++)
        {
            if (shape[i] > int.MaxValue)
            {
                throw new CheckpointFormatException(path, $"tensor '{name}' has an extent of {shape[i]}, more than is supported.");
            }

            extents[i] = (int)shape[i];
            count *= extents[i];
            if (count > int.MaxValue)
            {
                throw new CheckpointFormatException(path, $"tensor '{name}' has more elements than is supported (2^31 - 1).");
            }
        }

        return extents;
    }

    private static List<long> ParseNumbers(string path, ref Utf8JsonReader reader, string what)
    {
        var numbers = new List<long>();
        Expect(path, ref reader, JsonTokenType.StartArray, what);
        while (reader.Read() && reader.TokenType == JsonTokenType.Number)
        {
            if (!reader.TryGetInt64(out long number) || number < 0)
            {
                throw new CheckpointFormatException(path, $"{what} has a number that is negative, fractional or too large.");
            }

            numbers.Add(numbers.Count < TensorShape.MostExtents ? number : throw new CheckpointFormatException(
                path, $"{what} has more than {TensorShape.MostExtents} numbers."));
        }

        return reader.TokenType == JsonTokenType.EndArray
            ? numbers
            : throw new CheckpointFormatException(path, $"{what} is not a list of numbers.");
    }

    private static void CheckCoverage(string path, List<SafetensorsEntry> entries, long dataLength)
    {
        entries.Sort(static (left, right) =>
            left.Offset != right.Offset ? left.Offset.CompareTo(right.Offset) : left.ByteLength.CompareTo(right.ByteLength));
        long expected = 0;
        foreach (SafetensorsEntry entry in entries)
        {
            if (entry.Offset != expected)
            {
                string relation = entry.Offset < expected ? "overlaps the tensor before it" : "leaves a gap before it";
                throw new CheckpointFormatException(path, $"tensor '{entry.Name}' begins at byte {entry.Offset} of the data and {relation}.");
            }

            expected += entry.ByteLength;
            if (expected > dataLength)
            {
                throw new CheckpointFormatException(
                    path, $"tensor '{entry.Name}' ends at byte {expected} of the data, but only {dataLength} are there. Is the file truncated?");
            }
        }

        if (expected != dataLength)
        {
            throw new CheckpointFormatException(path, $"its tensors have {expected} bytes, but {dataLength} follow the header.");
        }
    }

    private static void Expect(string path, ref Utf8JsonReader reader, JsonTokenType token, string what)
    {
        if (!reader.Read() || reader.TokenType != token)
        {
            throw new CheckpointFormatException(path, $"{what} is not a JSON {token switch
            {
                JsonTokenType.StartObject => "object",
                JsonTokenType.StartArray => "array",
                _ => "string",
            }}.");
        }
    }
}
