namespace Moda.Weights.Structure;

/// <summary>A tensor of a network, or a tensor that occurs in each of its repeated blocks.</summary>
/// <param name="Prefix">The name up to the block's index, or the whole name.</param>
/// <param name="Repeat">The size that counts the blocks; null for a tensor that occurs once.</param>
/// <param name="Suffix">The name after the block's index.</param>
/// <param name="Shape">The extents as formulas of the network's sizes.</param>
/// <param name="Presence">Whether the tensor is required.</param>
/// <param name="Group">Optional tensors of one group occur all together or not at all; null for a tensor without a group.</param>
internal sealed record StructureEntry(
    string Prefix, string? Repeat, string Suffix, ShapeExpression[] Shape, TensorPresence Presence, string? Group)
{
    /// <summary>Parses a line of the structure: name, extents, and an optional presence.</summary>
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

/// <summary>Whether a checkpoint must have a tensor.</summary>
internal enum TensorPresence
{
    /// <summary>Every checkpoint must have the tensor.</summary>
    Required,

    /// <summary>Checkpoints may lack the tensor. Presets have it.</summary>
    Optional,

    /// <summary>Checkpoints may have the tensor. Presets do not.</summary>
    Extra,
}
