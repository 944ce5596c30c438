using Moda.Weights.Structure;

namespace Moda.Weights.Conversion;

/// <summary>
/// A network's tensors under their canonical names. Model prefixes are removed, normalisations are folded into the weights, counters are
/// dropped, and all names and shapes are checked against the network's structure.
/// </summary>
internal sealed class CanonicalTensors : ITensorSource
{
    private const string Counter = "num_batches_tracked";

    private readonly OrderedDictionary<string, TensorRecipe> recipes = new(StringComparer.Ordinal);

    private CanonicalTensors(string description) => Description = description;

    public string Description { get; }

    public IReadOnlyCollection<string> Names => recipes.Keys;

    /// <summary>The network's sizes, derived from the tensor shapes.</summary>
    public IReadOnlyDictionary<string, int> Sizes { get; private set; } = new Dictionary<string, int>();

    /// <summary>Tensors of the checkpoint that the network does not use.</summary>
    public IReadOnlyList<string> LeftOut { get; private set; } = [];

    /// <summary>Finds a network's tensors in a checkpoint.</summary>
    /// <param name="module">The network.</param>
    /// <param name="source">The checkpoint's tensors.</param>
    /// <param name="prefixes">Prefixes that a checkpoint may put before the names of the network's tensors.</param>
    /// <exception cref="TensorNotFoundException">A tensor that the network needs is missing.</exception>
    /// <exception cref="TensorMismatchException">A tensor has a shape that does not fit the others.</exception>
    public static CanonicalTensors From(string module, ITensorSource source, params ReadOnlySpan<string> prefixes)
    {
        Dictionary<string, TensorRecipe> found = Fold(source, FindPrefix(source, prefixes));
        Dictionary<string, ReadOnlyMemory<int>> shapes = found.ToDictionary(pair => pair.Key, pair => pair.Value.Shape, StringComparer.Ordinal);
        StructureMatch match = StructureMatch.Of(NetworkStructure.Of(module), shapes);
        match.RequireTensors(source.Description);

        var tensors = new CanonicalTensors(source.Description)
        {
            Sizes = match.Sizes,
            LeftOut = [.. match.Problems.Select(problem => problem.TensorName)],
        };
        foreach (string name in match.Names)
        {
            tensors.recipes.Add(name, found[name]);
        }

        return tensors;
    }

    public bool TryGetShape(string name, out ReadOnlyMemory<int> shape)
    {
        bool found = recipes.TryGetValue(name, out TensorRecipe? recipe);
        shape = found ? recipe!.Shape : default;
        return found;
    }

    public void Read(string name, Span<float> destination) => Find(name).Read(destination);

    public void ReadRange(string name, int first, Span<float> destination)
    {
        TensorRecipe recipe = Find(name);
        TensorRange.Check(name, Description, TensorShape.ElementCount(recipe.Shape.Span), first, destination.Length);
        recipe.ReadRange(first, destination);
    }

    private TensorRecipe Find(string name) =>
        recipes.TryGetValue(name, out TensorRecipe? recipe) ? recipe : throw new TensorNotFoundException(name, Description);

    private static string FindPrefix(ITensorSource source, ReadOnlySpan<string> prefixes)
    {
        foreach (string prefix in prefixes)
        {
            if (source.Names.Any(name => name.StartsWith(prefix, StringComparison.Ordinal)))
            {
                return prefix;
            }
        }

        return "";
    }

    // A normalisation stores one weight as several tensors. Folding turns them back into one.
    private static Dictionary<string, TensorRecipe> Fold(ITensorSource source, string prefix)
    {
        var names = new HashSet<string>(source.Names, StringComparer.Ordinal);
        var recipes = new Dictionary<string, TensorRecipe>(StringComparer.Ordinal);
        foreach (string name in source.Names)
        {
            if (name.EndsWith(Counter, StringComparison.Ordinal))
            {
                continue;
            }

            (string canonical, TensorRecipe? recipe) = Recognise(source, names, name);
            string stripped = canonical.StartsWith(prefix, StringComparison.Ordinal) ? canonical[prefix.Length..] : canonical;
            if (recipe is not null && !recipes.TryAdd(stripped, recipe))
            {
                throw new CheckpointFormatException(source.Description, $"tensor '{stripped}' is there twice, in different spellings.");
            }
        }

        return recipes;
    }

    // Each normalisation is recognised by one of its tensors. The other tensors of its group return no recipe.
    private static (string Canonical, TensorRecipe? Recipe) Recognise(ITensorSource source, HashSet<string> names, string name)
    {
        // torch.nn.utils.spectral_norm, torch.nn.utils.weight_norm
        if (Split(name, "_orig", out string weight) && names.Contains(weight + "_u"))
        {
            return (weight, new SpectralNormTensor(source, name, weight + "_u", weight + "_v"));
        }

        if (Split(name, "_g", out weight) && names.Contains(weight + "_v"))
        {
            return (weight, new WeightNormTensor(source, name, weight + "_v"));
        }

        if ((Split(name, "_u", out weight) && names.Contains(weight + "_orig"))
            || (Split(name, "_v", out weight) && (names.Contains(weight + "_orig") || names.Contains(weight + "_g"))))
        {
            return (name, null);
        }

        // torch.nn.utils.parametrizations.spectral_norm, .weight_norm
        const string Parametrization = ".parametrizations.weight.";
        int at = name.IndexOf(Parametrization, StringComparison.Ordinal);
        if (at < 0)
        {
            return (name, new PlainTensor(source, name));
        }

        string group = name[..(at + Parametrization.Length)];
        string canonical = name[..at] + ".weight";
        return name[group.Length..] switch
        {
            "original" when names.Contains(group + "0._u") => (canonical, new SpectralNormTensor(source, name, group + "0._u", group + "0._v")),
            "original0" => (canonical, new WeightNormTensor(source, name, group + "original1")),
            "0._u" or "0._v" or "original1" => (name, null),
            _ => (name, new PlainTensor(source, name)),
        };
    }

    private static bool Split(string name, string ending, out string weight)
    {
        bool ends = name.EndsWith(ending, StringComparison.Ordinal);
        weight = ends ? name[..^ending.Length] : "";
        return ends;
    }
}
