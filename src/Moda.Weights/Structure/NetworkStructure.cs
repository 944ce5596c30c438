using System.Globalization;

namespace Moda.Weights.Structure;

/// <summary>
/// The structure of a network's weights at any width: the canonical names of its tensors, and how their shapes depend on a few sizes.
/// </summary>
internal sealed class NetworkStructure
{
    private const string Resource = "Moda.Weights.structure.txt";

    private static readonly Dictionary<string, NetworkStructure> ByModule = Load().ToDictionary(structure => structure.Module, StringComparer.Ordinal);

    private readonly List<StructureEntry> entries = [];
    private readonly Dictionary<WeightPreset, IReadOnlyDictionary<string, int>> presets = [];

    private NetworkStructure(string module) => Module = module;

    /// <summary>The network names, which are also the names of their files: <c>audio_encoder</c>, <c>motion_generator</c>, ...</summary>
    public static IReadOnlyCollection<string> Modules => ByModule.Keys;

    /// <summary>The network's name.</summary>
    public string Module { get; }

    internal IReadOnlyList<StructureEntry> Entries => entries;

    /// <summary>Looks a network up.</summary>
    /// <param name="module">One of <see cref="Modules"/>.</param>
    /// <exception cref="ArgumentException">There is no such network.</exception>
    public static NetworkStructure Of(string module) => ByModule.TryGetValue(module, out NetworkStructure? structure)
        ? structure
        : throw new ArgumentException($"There is no network '{module}'. Known are: {string.Join(", ", Modules)}.", nameof(module));

    /// <summary>The sizes of a preset. The keys are their names.</summary>
    public IReadOnlyDictionary<string, int> Sizes(WeightPreset preset) => presets[preset];

    /// <summary>The names and shapes of a preset's tensors, in the network's order.</summary>
    public IReadOnlyDictionary<string, ReadOnlyMemory<int>> Tensors(WeightPreset preset)
    {
        IReadOnlyDictionary<string, int> sizes = Sizes(preset);
        var tensors = new OrderedDictionary<string, ReadOnlyMemory<int>>(StringComparer.Ordinal);
        foreach ((string name, StructureEntry entry) in Expand(sizes))
        {
            if (entry.Presence != TensorPresence.Extra)
            {
                tensors.Add(name, entry.Shape.Select(extent => extent.TryEvaluate(sizes, out int value) ? value : 0).ToArray());
            }
        }

        return tensors;
    }

    /// <summary>All tensors for the given numbers of blocks, in the network's order: block after block.</summary>
    internal IEnumerable<(string Name, StructureEntry Entry)> Expand(IReadOnlyDictionary<string, int> sizes)
    {
        for (int first = 0; first < entries.Count;)
        {
            // Neighbouring entries with the same block count belong to one block.
            int end = first + 1;
            while (entries[first].Repeat is not null && end < entries.Count
                && entries[end].Repeat == entries[first].Repeat && entries[end].Prefix == entries[first].Prefix)
            {
                end++;
            }

            int blocks = entries[first].Repeat is string repeat ? sizes[repeat] : 1;
            for (int block = 0; block < blocks; block++)
            {
                for (int i = first; i < end; i++)
                {
                    yield return (entries[i].Name(block), entries[i]);
                }
            }

            first = end;
        }
    }

    private static List<NetworkStructure> Load()
    {
        using Stream stream = typeof(NetworkStructure).Assembly.GetManifestResourceStream(Resource)!;
        using var reader = new StreamReader(stream);
        var structures = new List<NetworkStructure>();
        while (reader.ReadLine() is string line)
        {
            if (line.Length == 0 || line[0] == '#')
            {
                continue;
            }

            switch (line.Split(' ', 2))
            {
                case [['[', .. string module, ']']]:
                    structures.Add(new NetworkStructure(module));
                    break;
                case ["tiny:", .. string[] sizes]:
                    structures[^1].presets.Add(WeightPreset.Tiny, ParseSizes(sizes));
                    break;
                case ["full:", .. string[] sizes]:
                    structures[^1].presets.Add(WeightPreset.Full, ParseSizes(sizes));
                    break;
                default:
                    structures[^1].entries.Add(StructureEntry.Parse(line));
                    break;
            }
        }

        return structures;
    }

    private static Dictionary<string, int> ParseSizes(string[] text) =>
        text.SelectMany(part => part.Split(' '))
            .Select(assignment => assignment.Split('='))
            .ToDictionary(pair => pair[0], pair => int.Parse(pair[1], CultureInfo.InvariantCulture), StringComparer.Ordinal);
}
