using System.Diagnostics.CodeAnalysis;

namespace Moda.Weights;

/// <summary>A dictionary of a pickle, in the order of its entries. Keys are mostly strings; others are kept but not looked up.</summary>
internal sealed class PickleDictionary
{
    private readonly OrderedDictionary<string, object?> named = new(StringComparer.Ordinal);

    /// <summary>The entries whose keys are strings.</summary>
    public IReadOnlyDictionary<string, object?> Named => named;

    /// <summary>The values whose keys are no strings.</summary>
    public List<object?> Unnamed { get; } = [];

    public void Set(object? key, object? value)
    {
        if (key is string name)
        {
            named[name] = value;
        }
        else
        {
            Unnamed.Add(value);
        }
    }

    public bool TryGet<T>(string key, [NotNullWhen(true)] out T? value)
        where T : class
    {
        value = named.GetValueOrDefault(key) as T;
        return value is not null;
    }
}
