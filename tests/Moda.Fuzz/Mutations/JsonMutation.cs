using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Moda.Fuzz.Mutations;

/// <summary>Damage to a JSON document that leaves it one: values of other kinds and sizes, keys that are lost, doubled or renamed, nesting.</summary>
internal static class JsonMutation
{
    /// <summary>Damages a document in one to three places; one in eight, and what is no document, is damaged as text as well.</summary>
    public static string Apply(Random random, string json)
    {
        if (!TryParse(json, out JsonNode? root))
        {
            return Encoding.UTF8.GetString(ByteMutation.Apply(random, Encoding.UTF8.GetBytes(json)));
        }

        for (int change = random.Next(1, 4); change > 0; change--)
        {
            List<JsonNode> containers = [.. Containers(root)];
            if (containers.Count > 0)
            {
                ApplyOne(random, random.Pick(containers));
            }
        }

        // What no node can express is put in afterwards: numbers that are none, lone surrogates, doubled keys.
        string text = root.ToJsonString();
        foreach (string key in Marks.Keys)
        {
            text = text.Replace($"\"{key}\"", Marks[key], StringComparison.Ordinal);
        }

        return random.Chance(0.125) ? Encoding.UTF8.GetString(ByteMutation.Apply(random, Encoding.UTF8.GetBytes(text))) : text;
    }

    /// <summary>Reads a document that has each key once.</summary>
    public static bool TryParse(string json, [NotNullWhen(true)] out JsonNode? root)
    {
        try
        {
            root = JsonNode.Parse(json, documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false });
        }
        catch (JsonException)
        {
            root = null;
        }

        return root is not null;
    }

    private static Dictionary<string, string> Marks { get; } = HostileValues.Numbers
        .Select((number, index) => (Key: $"@number{index}", Value: number))
        .Append((Key: "@surrogate", Value: "\"\\ud800\""))
        .Append((Key: "@deep", Value: new string('[', 5000) + new string(']', 5000)))
        .Append((Key: "@doubled", Value: "\"same\": 1, \"same\""))
        .ToDictionary(mark => mark.Key, mark => mark.Value);

    private static IEnumerable<JsonNode> Containers(JsonNode node)
    {
        if (node is JsonObject or JsonArray)
        {
            yield return node;
        }

        IEnumerable<JsonNode?> children = node switch
        {
            JsonObject mapping => mapping.Select(pair => pair.Value),
            JsonArray array => array,
            _ => [],
        };
        foreach (JsonNode found in children.OfType<JsonNode>().SelectMany(Containers))
        {
            yield return found;
        }
    }

    private static void ApplyOne(Random random, JsonNode container)
    {
        if (container is JsonArray array)
        {
            ApplyOne(random, array);
        }
        else if (container is JsonObject mapping && mapping.Count > 0)
        {
            ApplyOne(random, mapping);
        }
    }

    private static void ApplyOne(Random random, JsonArray array)
    {
        if (array.Count == 0 || random.Chance(0.2))
        {
            array.Add(Value(random));
        }
        else if (random.Chance(0.2))
        {
            array.RemoveAt(random.Next(array.Count));
        }
        else if (random.Chance(0.05))
        {
            for (int i = 0; i < 2000; i++)
            {
                array.Add(1);
            }
        }
        else
        {
            array[random.Next(array.Count)] = Value(random);
        }
    }

    private static void ApplyOne(Random random, JsonObject mapping)
    {
        string key = mapping.GetAt(random.Next(mapping.Count)).Key;
        switch (random.Next(6))
        {
            case 0:
                mapping.Remove(key);
                break;
            case 1:
                mapping[random.Pick(HostileValues.Texts)] = mapping[key]?.DeepClone();
                break;
            case 2:
                mapping["@doubled"] = Value(random);
                break;
            case 3:
                mapping[key] = mapping.GetAt(random.Next(mapping.Count)).Value?.DeepClone();
                break;
            default:
                mapping[key] = Value(random);
                break;
        }
    }

    private static JsonNode? Value(Random random) => random.Next(7) switch
    {
        0 => null,
        1 => random.Chance(0.5),
        2 => new JsonObject(),
        3 => new JsonArray(),
        4 => random.Pick(HostileValues.Texts),
        5 => random.Pick(HostileValues.Integers),
        _ => random.Pick([.. Marks.Keys]),
    };
}
