namespace Moda.Weights;

/// <summary>Several sets of tensors as one, each with a prefix of its own before its names.</summary>
internal sealed class JoinedTensors(string description, IReadOnlyList<(string Prefix, ITensorSource Source)> parts) : ITensorSource
{
    public string Description { get; } = description;

    public IReadOnlyCollection<string> Names { get; } = [.. parts.SelectMany(part => part.Source.Names.Select(name => part.Prefix + name))];

    public bool TryGetShape(string name, out ReadOnlyMemory<int> shape)
    {
        foreach ((string prefix, ITensorSource source) in parts)
        {
            if (name.StartsWith(prefix, StringComparison.Ordinal) && source.TryGetShape(name[prefix.Length..], out shape))
            {
                return true;
            }
        }

        shape = default;
        return false;
    }

    public void Read(string name, Span<float> destination)
    {
        foreach ((string prefix, ITensorSource source) in parts)
        {
            if (name.StartsWith(prefix, StringComparison.Ordinal) && source.TryGetShape(name[prefix.Length..], out _))
            {
                source.Read(name[prefix.Length..], destination);
                return;
            }
        }

        throw new TensorNotFoundException(name, Description);
    }
}
