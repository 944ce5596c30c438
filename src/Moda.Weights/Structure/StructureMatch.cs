using System.Globalization;

namespace Moda.Weights.Structure;

/// <summary>A tensor that does not fit the network's structure.</summary>
/// <param name="TensorName">The tensor.</param>
/// <param name="Expected">The expected shape; null when the network has no such tensor.</param>
/// <param name="Found">The shape that was found; null when the tensor is missing.</param>
internal sealed record StructureProblem(string TensorName, string? Expected, string? Found)
{
    private string Shown => ShownText.Of(TensorName, ShownText.LongestName);

    /// <inheritdoc/>
    public override string ToString() => (Expected, Found) switch
    {
        (null, _) => $"'{Shown}' is no tensor of this network",
        (_, null) => $"'{Shown}' {Expected} is missing",
        _ => $"'{Shown}' is {Found}, but {Expected} is needed",
    };
}

/// <summary>Compares a set of tensors with the structure of a network, and finds the network's sizes and all problems.</summary>
internal sealed class StructureMatch
{
    private readonly Dictionary<string, int> sizes = new(StringComparer.Ordinal);
    private readonly List<StructureProblem> problems = [];

    private StructureMatch()
    {
    }

    /// <summary>The network's sizes that follow from the tensors. The keys are their names.</summary>
    public IReadOnlyDictionary<string, int> Sizes => sizes;

    /// <summary>The tensors that do not fit; empty when all fit.</summary>
    public IReadOnlyList<StructureProblem> Problems => problems;

    /// <summary>The names of the tensors that belong to the network and were found, in the network's order.</summary>
    public IReadOnlyList<string> Names { get; private set; } = [];

    /// <summary>Compares tensors with a structure.</summary>
    /// <param name="structure">The network's structure.</param>
    /// <param name="shapes">The names and shapes of all tensors.</param>
    public static StructureMatch Of(NetworkStructure structure, IReadOnlyDictionary<string, ReadOnlyMemory<int>> shapes)
    {
        var match = new StructureMatch();
        string[] names = [.. shapes.Keys];
        foreach (StructureEntry entry in structure.Entries.Where(entry => entry.Repeat is not null))
        {
            match.sizes[entry.Repeat!] = Math.Max(match.sizes.GetValueOrDefault(entry.Repeat!), CountBlocks(entry, names));
        }

        List<(string Name, StructureEntry Entry)> expected = [.. structure.Expand(match.sizes)];
        match.FindSizes(expected, shapes);
        match.Compare(expected, shapes);
        return match;
    }

    /// <summary>Refuses tensors that the network cannot be built from. Tensors that the network does not use are ignored.</summary>
    /// <param name="source">Where the tensors come from, for messages.</param>
    /// <exception cref="TensorNotFoundException">A tensor that the network needs is missing.</exception>
    /// <exception cref="TensorMismatchException">A tensor has a shape that does not fit the others, or no elements.</exception>
    internal void RequireTensors(string source)
    {
        foreach (StructureProblem problem in problems)
        {
            if (problem is { Expected: not null, Found: null })
            {
                throw new TensorNotFoundException(problem.TensorName, source);
            }

            if (problem is { Expected: string expected, Found: string actual })
            {
                throw new TensorMismatchException(problem.TensorName, source, expected, actual);
            }
        }
    }

    // Counts blocks up to the last one that has any tensor, so that a gap is reported as a missing tensor and not read as a shorter
    // network.
    private static int CountBlocks(StructureEntry entry, string[] names)
    {
        // Each block has at least one tensor, so a block index beyond the number of names is a stray name.
        int mostBlocks = names.Length;
        int count = 1;
        foreach (string name in names)
        {
            if (name.StartsWith(entry.Prefix, StringComparison.Ordinal) && name.EndsWith(entry.Suffix, StringComparison.Ordinal)
                && name.Length > entry.Prefix.Length + entry.Suffix.Length
                && int.TryParse(name.AsSpan(entry.Prefix.Length..^entry.Suffix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int block)
                && block < mostBlocks)
            {
                count = Math.Max(count, block + 1);
            }
        }

        return count;
    }

    // Most tensors decide each size, so that the error names the tensor that differs.
    private void FindSizes(List<(string Name, StructureEntry Entry)> expected, IReadOnlyDictionary<string, ReadOnlyMemory<int>> shapes)
    {
        var votes = new Dictionary<string, Dictionary<int, int>>(StringComparer.Ordinal);
        var present = new List<(ShapeExpression[] Expressions, int[] Extents)>();
        foreach ((string name, StructureEntry entry) in expected)
        {
            if (!shapes.TryGetValue(name, out ReadOnlyMemory<int> shape) || shape.Length != entry.Shape.Length)
            {
                continue;
            }

            present.Add((entry.Shape, shape.ToArray()));
            for (int i = 0; i < shape.Length; i++)
            {
                if (shape.Span[i] > 0 && entry.Shape[i].BareSize is string size)
                {
                    if (!votes.TryGetValue(size, out Dictionary<int, int>? ballot))
                    {
                        votes.Add(size, ballot = []);
                    }

                    ballot[shape.Span[i]] = ballot.GetValueOrDefault(shape.Span[i]) + 1;
                }
            }
        }

        foreach ((string size, Dictionary<int, int> ballot) in votes)
        {
            sizes[size] = ballot.MaxBy(vote => vote.Value).Key;
        }

        foreach ((ShapeExpression[] expressions, int[] extents) in present)
        {
            for (int i = 0; i < extents.Length; i++)
            {
                if (expressions[i].TrySolve(sizes, extents[i], out string? size, out int value))
                {
                    sizes.Add(size, value);
                }
            }
        }
    }

    private void Compare(List<(string Name, StructureEntry Entry)> expected, IReadOnlyDictionary<string, ReadOnlyMemory<int>> shapes)
    {
        var known = new HashSet<string>(StringComparer.Ordinal);
        var names = new List<string>();
        HashSet<string?> groups = [.. expected.Where(tensor => shapes.ContainsKey(tensor.Name)).Select(tensor => tensor.Entry.Group)];
        foreach ((string name, StructureEntry entry) in expected)
        {
            known.Add(name);
            if (!shapes.TryGetValue(name, out ReadOnlyMemory<int> shape))
            {
                if (entry.Presence == TensorPresence.Required || (entry.Group is string group && groups.Contains(group)))
                {
                    problems.Add(new StructureProblem(name, Describe(entry), null));
                }

                continue;
            }

            names.Add(name);
            if (!Fits(entry, shape.Span))
            {
                problems.Add(new StructureProblem(name, Describe(entry), TensorShape.Format(shape.Span)));
            }
        }

        problems.AddRange(shapes.Keys
            .Where(name => !known.Contains(name))
            .Select(name => new StructureProblem(name, null, TensorShape.Format(shapes[name].Span))));
        Names = names;
    }

    private bool Fits(StructureEntry entry, ReadOnlySpan<int> shape)
    {
        if (shape.Length != entry.Shape.Length)
        {
            return false;
        }

        for (int i = 0; i < shape.Length; i++)
        {
            if (shape[i] <= 0 || !entry.Shape[i].TryEvaluate(sizes, out int extent) || extent != shape[i])
            {
                return false;
            }
        }

        return true;
    }

    // Shows known extents as numbers, and unknown extents as formulas.
    private string Describe(StructureEntry entry) =>
        $"[{string.Join(", ", entry.Shape.Select(extent =>
            extent.TryEvaluate(sizes, out int value) ? value.ToString(CultureInfo.InvariantCulture) : extent.ToString()))}]";
}
