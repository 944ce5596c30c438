using Moda.Weights.Safetensors;
using Moda.Weights.Structure;

namespace Moda.Weights.Sets;

/// <summary>One network to be written.</summary>
/// <param name="Module">The network's name.</param>
/// <param name="Tensors">Its tensors under canonical names, in the network's order.</param>
/// <param name="Sources">Where the tensors come from.</param>
/// <param name="Sizes">The network's sizes.</param>
internal sealed record NetworkContent(string Module, ITensorSource Tensors, IReadOnlyList<string> Sources, IReadOnlyDictionary<string, int> Sizes);

/// <summary>Writes a set of weights: one safetensors file for each network, tensor by tensor, and <c>moda.json</c>.</summary>
internal static class WeightSetWriter
{
    /// <summary>The files of a set with all networks.</summary>
    public static IReadOnlyCollection<string> FileNames { get; } = [.. NetworkStructure.Modules.Select(FileName), WeightSetDescription.FileName];

    /// <summary>Writes a set, completely or not at all.</summary>
    /// <param name="folder">The folder to write.</param>
    /// <param name="networks">The networks to write.</param>
    /// <param name="template">The set's description without its networks, which this method fills in.</param>
    /// <param name="progress">Receives a report before each tensor.</param>
    /// <param name="cancellation">Cancels between two tensors. No unfinished files remain.</param>
    /// <returns>The description that was written.</returns>
    public static WeightSetDescription Write(
        string folder,
        IReadOnlyList<NetworkContent> networks,
        WeightSetDescription template,
        IProgress<WeightProgress>? progress,
        CancellationToken cancellation)
    {
        Dictionary<string, SafetensorsEntry[]> entries = networks.ToDictionary(
            network => network.Module,
            network => network.Tensors.Names.Select(name => Entry(network.Tensors, name, template.ElementType)).ToArray());
        long total = entries.Values.Sum(list => list.Sum(entry => entry.ByteLength));
        long done = 0;
        var files = new OrderedDictionary<string, NetworkFile>(StringComparer.Ordinal);
        using var output = new OutputFolder(folder);
        foreach (NetworkContent network in networks)
        {
            string name = FileName(network.Module);
            SafetensorsEntry[] list = entries[network.Module];
            using var writer = new SafetensorsWriter(output.Add(name), list);
            float[] values = new float[list.Max(entry => entry.ElementCount)];
            foreach (SafetensorsEntry entry in list)
            {
                cancellation.ThrowIfCancellationRequested();
                progress?.Report(new WeightProgress(network.Module, entry.Name, done, total));
                Span<float> tensor = values.AsSpan(0, entry.ElementCount);
                network.Tensors.Read(entry.Name, tensor);
                CheckRange(network.Tensors, entry, tensor);
                writer.Write(entry.Name, tensor);
                done += entry.ByteLength;
            }

            string hash = Convert.ToHexStringLower(writer.Complete());
            files.Add(network.Module, new NetworkFile(
                name, writer.Length, hash, list.Length, list.Sum(entry => (long)entry.ElementCount), network.Sources, network.Sizes));
        }

        WeightSetDescription description = template with { Networks = files };
        File.WriteAllBytes(output.Add(WeightSetDescription.FileName), WeightSetJson.Write(description));
        cancellation.ThrowIfCancellationRequested();
        output.Commit();
        return description;
    }

    private static string FileName(string module) => module + ".safetensors";

    private static SafetensorsEntry Entry(ITensorSource tensors, string name, StoredType type) =>
        tensors.TryGetShape(name, out ReadOnlyMemory<int> shape)
            ? new SafetensorsEntry(name, type, shape)
            : throw new TensorNotFoundException(name, tensors.Description);

    // NaN and infinity would spoil every frame. Large numbers become infinite when they are rounded to float16.
    private static void CheckRange(ITensorSource tensors, SafetensorsEntry entry, ReadOnlySpan<float> values)
    {
        FiniteValues.Require(entry.Name, tensors.Description, values);
        if (entry.Type != StoredType.Float16)
        {
            return;
        }

        foreach (float value in values)
        {
            if (!Half.IsFinite((Half)value))
            {
                throw new TensorMismatchException(entry.Name, tensors.Description, "values within float16 (convert to bf16 or f32 instead)", $"as large as {value}");
            }
        }
    }
}
