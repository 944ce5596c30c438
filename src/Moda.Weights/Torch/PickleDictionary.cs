using System.Diagnostics.CodeAnalysis;

namespace Moda.Weights.Torch;

/// <summary>A dictionary of a pickle, in the order of its entries. Only keys that are strings are kept; nothing looks the others up.</summary>
internal sealed class PickleDictionary
{
    /// <summary>The longest key, in characters. Each use of a key costs its length, so keys of any length would cost more than a file has bytes.</summary>
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
