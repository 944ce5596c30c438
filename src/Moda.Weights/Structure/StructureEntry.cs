namespace Moda.Weights;

/// <summary>A tensor of a network, or one of each repeated block.</summary>
/// <param name="Prefix">The name up to the block's index, or the whole name.</param>
/// <param name="Repeat">The size that counts the blocks; null for a tensor that is there once.</param>
/// <param name="Suffix">The name after the block's index.</param>
/// <param name="Shape">The extents in terms of the network's sizes.</param>
/// <param name="Presence">Whether the tensor must be there.</param>
internal sealed record StructureEntry(string Prefix, string? Repeat, string Suffix, ShapeExpression[] Shape, TensorPresence Presence)
{
    /// <summary>Reads a line of the structure: name, extents and possibly how necessary the tensor is.</summary>
    public static StructureEntry Parse(string line)
    {
        string[] columns = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        TensorPresence presence = columns.Length < 3 ? TensorPresence.Required : Enum.Parse<TensorPresence>(columns[2], ignoreCase: true);
        ShapeExpression[] shape = [.. columns[1].Split(',').Select(ShapeExpression.Parse)];
        return columns[0].Split('{', '}') is [string prefix, string repeat, string suffix]
            ? new StructureEntry(prefix, repeat, suffix, shape, presence)
            : new StructureEntry(columns[0], null, "", shape, presence);
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
