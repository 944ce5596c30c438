using System.Text;

namespace Moda.Architecture.Tests;

/// <summary>A circle of namespaces, each of which uses the next and the last the first.</summary>
/// <param name="Uses">The uses, in the circle's order.</param>
internal sealed record NamespaceCycle(IReadOnlyList<NamespaceUse> Uses)
{
    /// <summary>The namespaces of the circle.</summary>
    public IEnumerable<string> Namespaces => Uses.Select(use => use.From);

    /// <summary>The circle, and a line with an example for each use.</summary>
    public override string ToString()
    {
        var text = new StringBuilder(string.Join(" -> ", [.. Namespaces, Uses[0].From]));
        foreach (NamespaceUse use in Uses)
        {
            text.Append("\n    ").Append(use.From).Append(": ").Append(use.Example);
        }

        return text.ToString();
    }
}

/// <summary>Finds circles of namespaces.</summary>
internal static class NamespaceCycles
{
    /// <summary>For each use that lies on a circle, a shortest circle through it; each circle once.</summary>
    public static IReadOnlyList<NamespaceCycle> Among(IReadOnlyCollection<NamespaceUse> uses)
    {
        ILookup<string, NamespaceUse> usesFrom = uses.ToLookup(use => use.From);
        Dictionary<string, NamespaceCycle> cycles = [];
        foreach (NamespaceUse use in uses.DistinctBy(use => (use.From, use.To)))
        {
            if (ShortestPath(use.To, use.From, usesFrom) is { } back)
            {
                var cycle = new NamespaceCycle([use, .. back]);
                cycles.TryAdd(string.Join(' ', cycle.Namespaces.Order(StringComparer.Ordinal)), cycle);
            }
        }

        return [.. cycles.Values];
    }

    /// <summary>The uses that lead from one namespace to another; null when none do.</summary>
    private static List<NamespaceUse>? ShortestPath(string start, string end, ILookup<string, NamespaceUse> usesFrom)
    {
        Dictionary<string, NamespaceUse?> reachedBy = new() { [start] = null };
        var waiting = new Queue<string>([start]);
        while (waiting.TryDequeue(out string? current) && current != end)
        {
            foreach (NamespaceUse use in usesFrom[current])
            {
                if (reachedBy.TryAdd(use.To, use))
                {
                    waiting.Enqueue(use.To);
                }
            }
        }

        if (!reachedBy.TryGetValue(end, out NamespaceUse? last))
        {
            return null;
        }

        List<NamespaceUse> path = [];
        for (NamespaceUse? use = last; use is not null; use = reachedBy[use.From])
        {
            path.Insert(0, use);
        }

        return path;
    }
}
