using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;
using Moda.Fuzz.Mutations;

namespace Moda.Fuzz.Targets;

/// <summary>Safetensors files as a header and the bytes behind it, so that the header can be damaged as JSON.</summary>
internal static class SafetensorsBytes
{
    // Of the data that shapes may ask for when it is made to fit them.
    private const int MostData = 1 << 20;

    /// <summary>The header of a file; null when it has none.</summary>
    public static string? Header(byte[] file)
    {
        long length = file.Length < sizeof(long) ? -1 : BinaryPrimitives.ReadInt64LittleEndian(file);
        return length >= 0 && length <= file.Length - sizeof(long) ? Encoding.UTF8.GetString(file.AsSpan(sizeof(long), (int)length)) : null;
    }

    /// <summary>A file with another header.</summary>
    public static byte[] WithHeader(byte[] file, string header)
    {
        byte[] json = Encoding.UTF8.GetBytes(header);
        byte[] length = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);
        return [.. length, .. json, .. file.AsSpan(8 + (int)BinaryPrimitives.ReadInt64LittleEndian(file))];
    }

    /// <summary>
    /// A file whose shapes and types are damaged and whose offsets and data fit them again: what gets past the header's checks.
    /// </summary>
    public static byte[] Reshape(Random random, byte[] file)
    {
        if (Header(file) is not string text || !JsonMutation.TryParse(text, out JsonNode? root) || root is not JsonObject header)
        {
            return ByteMutation.Apply(random, file);
        }

        List<string> names = [.. header.Where(entry => HasShape(entry.Value)).Select(entry => entry.Key)];
        if (names.Count == 0)
        {
            return ByteMutation.Apply(random, file);
        }

        for (int change = random.Next(1, 5); change > 0; change--)
        {
            JsonObject entry = header[random.Pick(names)]!.AsObject();
            JsonArray shape = entry["shape"]!.AsArray();
            switch (random.Next(5))
            {
                case 0:
                    shape.Add(random.Next(3));
                    break;
                case 1 when shape.Count > 0:
                    shape.RemoveAt(random.Next(shape.Count));
                    break;
                case 2:
                    entry["dtype"] = random.Pick<string>(["F64", "F32", "F16", "BF16", "I64", "I32", "I16", "I8", "U8", "BOOL"]);
                    break;
                case 3 when names.Count > 1:
                    header.Remove(names[^1]);
                    names.RemoveAt(names.Count - 1);
                    break;
                default:
                    if (shape.Count > 0)
                    {
                        shape[random.Next(shape.Count)] = random.Pick<int>([0, 1, 2, 3, 64, 4096]);
                    }

                    break;
            }
        }

        long offset = 0;
        foreach (string name in names)
        {
            JsonObject entry = header[name]!.AsObject();
            long size = entry["dtype"]!.GetValue<string>() switch { "F64" or "I64" => 8, "F32" or "I32" => 4, "F16" or "BF16" or "I16" => 2, _ => 1 };
            foreach (JsonNode? extent in entry["shape"]!.AsArray())
            {
                size = Math.Clamp(size * extent!.GetValue<int>(), 0, 2 * MostData);
            }

            entry["data_offsets"] = new JsonArray(offset, offset += size);
        }

        byte[] made = WithHeader(file, header.ToJsonString());
        int data = 8 + (int)BinaryPrimitives.ReadInt64LittleEndian(made);
        Array.Resize(ref made, data + (int)Math.Min(offset, MostData));
        if (random.Chance(0.5) && made.Length > data)
        {
            random.NextBytes(made.AsSpan(data));
        }

        return made;
    }

    private static bool HasShape(JsonNode? entry) => entry is JsonObject mapping
        && mapping["dtype"] is JsonValue type && type.TryGetValue(out string? _)
        && mapping["shape"] is JsonArray shape && shape.All(extent => extent is JsonValue value && value.TryGetValue(out int _));
}
