using System.Globalization;

namespace Moda.Weights;

/// <summary>The canonical tensors of every network (module) in both presets: their names and shapes.</summary>
public static class WeightManifest
{
    private static readonly Dictionary<WeightPreset, Dictionary<string, Dictionary<string, ReadOnlyMemory<int>>>> Presets = Load();

    /// <summary>The networks, by the names that their files have: <c>audio_encoder</c>, <c>motion_generator</c>, ...</summary>
    public static IReadOnlyCollection<string> Modules => Presets[WeightPreset.Full].Keys;

    /// <summary>The tensors of one network: name and shape, in the network's order.</summary>
    /// <param name="preset">Which widths.</param>
    /// <param name="module">One of <see cref="Modules"/>.</param>
    /// <exception cref="ArgumentException">There is no such network.</exception>
    public static IReadOnlyDictionary<string, ReadOnlyMemory<int>> Tensors(WeightPreset preset, string module) =>
        Presets[preset].TryGetValue(module, out Dictionary<string, ReadOnlyMemory<int>>? tensors)
            ? tensors
            : throw new ArgumentException($"There is no network '{module}'. Known are: {string.Join(", ", Modules)}.", nameof(module));

    private static Dictionary<WeightPreset, Dictionary<string, Dictionary<string, ReadOnlyMemory<int>>>> Load()
    {
        using Stream stream = typeof(WeightManifest).Assembly.GetManifestResourceStream("Moda.Weights.manifest.txt")!;
        using var reader = new StreamReader(stream);
        var tiny = new Dictionary<string, Dictionary<string, ReadOnlyMemory<int>>>(StringComparer.Ordinal);
        var full = new Dictionary<string, Dictionary<string, ReadOnlyMemory<int>>>(StringComparer.Ordinal);
        string module = "";
        while (reader.ReadLine() is string line)
        {
            if (line.StartsWith('['))
            {
                module = line.Trim('[', ']');
                tiny.Add(module, new Dictionary<string, ReadOnlyMemory<int>>(StringComparer.Ordinal));
                full.Add(module, new Dictionary<string, ReadOnlyMemory<int>>(StringComparer.Ordinal));
                continue;
            }

            string[] columns = line.Split(' ');
            if (columns[1] != "x")
            {
                tiny[module].Add(columns[0], ParseShape(columns[1]));
            }

            full[module].Add(columns[0], ParseShape(columns[2]));
        }

        return new() { [WeightPreset.Tiny] = tiny, [WeightPreset.Full] = full };
    }

    private static int[] ParseShape(string text) =>
        [.. text.Split(',').Select(extent => int.Parse(extent, CultureInfo.InvariantCulture))];
}
