using System.Diagnostics.CodeAnalysis;
using Moda.Weights.Files;

namespace Moda.Weights.Torch;

/// <summary>
/// A PyTorch checkpoint (.pth, .pt, .bin): the ZIP form of PyTorch 1.6 and later, or the older form. The pickle is read as data through
/// closed lists of opcodes and names and never executed. Tensors are read from the file on demand.
/// </summary>
internal sealed class TorchCheckpoint : IDisposable
{
    // Keys under which training scripts store a model's tensors when the file holds other things too.
    private static readonly string[] UsualKeys = ["state_dict", "model_state_dict", "model", "module", "net", "network", "generator"];

    private const int DeepestNesting = 8;

    // The number of keys that a message lists.
    private const int MostNamed = 8;

    private readonly WeightFile file;
    private readonly TorchContainer container;

    private TorchCheckpoint(WeightFile file)
    {
        this.file = file;
        container = TorchContainer.Read(file);
    }

    /// <summary>The file.</summary>
    public string Path => file.Path;

    /// <summary>The keys of the checkpoint's outermost dictionary: tensor names, or the keys of a training script.</summary>
    public IReadOnlyCollection<string> Keys => container.Root is PickleDictionary root ? [.. root.Named.Keys] : [];

    /// <summary>Opens a file, reads its structure and checks it.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="UnsupportedPickleException">The pickle has an opcode or a name that weights do not need.</exception>
    /// <exception cref="CheckpointFormatException">The file is not a checkpoint, or is damaged.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static TorchCheckpoint Open(string path)
    {
        var file = new WeightFile(path);
        try
        {
            return new TorchCheckpoint(file);
        }
        catch (OverflowException exception)
        {
            file.Dispose();
            throw new CheckpointFormatException(path, "it has a storage of an impossible size.", exception);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Finds the model's tensors in the outermost dictionary, or below <c>state_dict</c>, <c>model</c> and similar keys. A wrapper's prefix
    /// before every name (<c>module.</c> from data parallelism, <c>_orig_mod.</c> from compilation) is removed.
    /// </summary>
    /// <exception cref="CheckpointFormatException">There are no tensors, or several dictionaries of tensors.</exception>
    public StateDict FindStateDict()
    {
        var root = container.Root as PickleDictionary;
        PickleDictionary found = (root is null ? null : Find(root))
            ?? throw new CheckpointFormatException(Path, "it has no dictionary of tensors.");
        return new StateDict(file, container.Offsets, found, Path);
    }

    /// <summary>Gets the tensors below a key of the outermost dictionary.</summary>
    /// <param name="key">The key.</param>
    /// <param name="tensors">The tensors, without a wrapper's prefix.</param>
    /// <returns>Whether the key holds a dictionary of tensors.</returns>
    public bool TryGetStateDict(string key, [NotNullWhen(true)] out StateDict? tensors)
    {
        tensors = container.Root is PickleDictionary root && root.TryGet(key, out PickleDictionary? below) && Find(below) is PickleDictionary found
            ? new StateDict(file, container.Offsets, found, $"{Path} ({key})")
            : null;
        return tensors is not null;
    }

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();

    private PickleDictionary? Find(PickleDictionary dictionary) => Find(dictionary, 0, []);

    // A dictionary can occur in several others, and in itself. The result of each search is kept, so that no dictionary is searched twice
    // at one depth.
    private PickleDictionary? Find(PickleDictionary dictionary, int depth, Dictionary<(PickleDictionary, int), PickleDictionary?> searched)
    {
        if (!searched.TryGetValue((dictionary, depth), out PickleDictionary? found))
        {
            found = Search(dictionary, depth, searched);
            searched.Add((dictionary, depth), found);
        }

        return found;
    }

    private PickleDictionary? Search(PickleDictionary dictionary, int depth, Dictionary<(PickleDictionary, int), PickleDictionary?> searched)
    {
        if (dictionary.Named.Values.Any(value => value is TorchTensor))
        {
            return dictionary;
        }

        if (depth == DeepestNesting)
        {
            return null;
        }

        foreach (string key in UsualKeys)
        {
            if (dictionary.TryGet(key, out PickleDictionary? below) && Find(below, depth + 1, searched) is PickleDictionary found)
            {
                return found;
            }
        }

        var others = new OrderedDictionary<PickleDictionary, string>();
        foreach ((string key, object? value) in dictionary.Named)
        {
            if (key != "optimizer" && value is PickleDictionary below && Find(below, depth + 1, searched) is PickleDictionary found)
            {
                others.TryAdd(found, key);
            }
        }

        return others.Count <= 1
            ? others.Keys.FirstOrDefault()
            : throw new CheckpointFormatException(Path, $"its tensors are in several places: {string.Join(", ", others.Values.Take(MostNamed))}{(others.Count > MostNamed ? ", ..." : "")}.");
    }
}
