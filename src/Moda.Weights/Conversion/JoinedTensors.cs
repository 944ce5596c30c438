using System.Diagnostics.CodeAnalysis;

namespace Moda.Weights.Conversion;

/// <summary>Several tensor sources combined into one. Each source's names get their own prefix.</summary>
internal sealed class JoinedTensors(string description, IReadOnlyList<(string Prefix, ITensorSource Source)> parts) : ITensorSource
{
    public string Description { get; } = description;

    public IReadOnlyCollection<string> Names { get; } = [.. parts.SelectMany(part => part.Source.Names.Select(name => part.Prefix + name))];

    public bool TryGetShape(string name, out ReadOnlyMemory<int> shape)
    {
        if (TryFind(name, out ITensorSource? source, out string ownName))
        {
            return source.TryGetShape(ownName, out shape);
        }

        shape = default;
        return false;
    }

    public void Read(string name, Span<float> destination) => Find(name, out string ownName).Read(ownName, destination);

    public void ReadRange(string name, int first, Span<float> destination) => Find(name, out string ownName).ReadRange(ownName, first, destination);

    private ITensorSource Find(string name, out string ownName) => TryFind(name, out ITensorSource? source, out ownName)
        ? source
        : throw new TensorNotFoundException(name, Description);

    private bool TryFind(string name, [NotNullWhen(true)] out ITensorSource? found, out string ownName)
    {
        foreach ((string prefix, ITensorSource source) in parts)
        {
            if (name.StartsWith(prefix, StringComparison.Ordinal) && source.TryGetShape(name[prefix.Length..], out _))
            {
                (found, ownName) = (source, name[prefix.Length..]);
                return true;
            }
        }

        (found, ownName) = (null, "");
        return false;
    }
}
