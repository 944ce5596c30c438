namespace Moda.Weights.Structure;

/// <summary>A tensor of a network, or one of each repeated block.</summary>
/// <param name="Prefix">The name up to the block's index, or the whole name.</param>
/// <param name="Repeat">The size that counts the blocks; null for a tensor that is there once.</param>
/// <param name="Suffix">The name after the block's index.</param>
/// <param name="Shape">The extents in terms of the network's sizes.</param>
/// <param name="Presence">Whether the tensor must be there.</param>
/// <param name="Group">Optional tensors of one group are there all together or not at all; null for a tensor on its own.</param>
internal sealed record StructureEntry(
    string Prefix, string? Repeat, string Suffix, ShapeExpression[] Shape, TensorPresence Presence, string? Group)
{
    /// <summary>Reads a line of the structure: name, extents and possibly how necessary the tensor is.</summary>
    public static StructureEntry Parse(string line)
    {
        string[] columns = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        string[] necessity = columns.Length < 3 ? [nameof(TensorPresence.Required)] : columns[2].Split(':');
        TensorPresence presence = Enum.Parse<TensorPresence>(necessity[0], ignoreCase: true);
        string? group = necessity.ElementAtOrDefault(1);
        ShapeExpression[] shape = [.. columns[1].Split(',').Select(ShapeExpression.Parse)];
        return columns[0].Split('{', '}') is [string prefix, string repeat, string suffix]
            ? new StructureEntry(prefix, repeat, suffix, shape, presence, group)
            : new StructureEntry(columns[0], null, "", shape, presence, group);
    }

    /// <summary>The tensor's name in one of the blocks.</summary>
    public string Name(int block) => Repeat is null ? Prefix : string.Create(null, $"{Prefix}{block}{Suffix}");
}

/// <summary>How necessary a tensor is.</summary>
internal enum TensorPresence
{
    /// <summary>A network cannot do without it.</summary>
    Required,

    /// <summary>Checkpoints may lack it; presets have it.</summary>
    Optional,

    /// <summary>Checkpoints may have it, presets do not.</summary>
    Extra,
}
