using System.Diagnostics.CodeAnalysis;

namespace Moda.Weights.Torch;

/// <summary>A dictionary of a pickle, in the order of its entries. Only entries with string keys are kept, because no others are needed.</summary>
internal sealed class PickleDictionary
{
    /// <summary>
    /// The longest key, in characters. A pickle can use one long key many times in a few bytes, and each use costs time in proportion to
    /// the key's length.
    /// </summary>
    public const int LongestKey = 1024;

    private readonly OrderedDictionary<string, object?> named = new(StringComparer.Ordinal);

    /// <summary>The entries whose keys are strings.</summary>
    public IReadOnlyDictionary<string, object?> Named => named;

    /// <exception cref="InvalidDataException">The key is too long.</exception>
    public void Set(object? key, object? value)
    {
        if (key is not string name)
        {
            return;
        }

        named[name] = name.Length <= LongestKey ? value : throw new InvalidDataException($"A key has {name.Length} characters; names have at most {LongestKey}.");
    }

    public bool TryGet<T>(string key, [NotNullWhen(true)] out T? value)
        where T : class
    {
        value = named.GetValueOrDefault(key) as T;
        return value is not null;
    }
}
