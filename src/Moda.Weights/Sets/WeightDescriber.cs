using Moda.Weights.Safetensors;
using Moda.Weights.Structure;

namespace Moda.Weights.Sets;

/// <summary>What is in one network's file, beside what the network expects.</summary>
/// <param name="Network">The network's name.</param>
/// <param name="File">The file.</param>
/// <param name="Sizes">The network's sizes that follow from the shapes. The keys are their names.</param>
/// <param name="Tensors">The tensors in the file's order.</param>
/// <param name="Problems">Tensors that are missing, surplus or of another shape; empty where all fit.</param>
internal sealed record NetworkDescription(
    string Network, string File, IReadOnlyDictionary<string, int> Sizes, IReadOnlyList<SafetensorsEntry> Tensors, IReadOnlyList<StructureProblem> Problems)
{
    /// <summary>Elements of all tensors.</summary>
    public long ParameterCount => Tensors.Sum(tensor => tensor.ElementCount);
}

/// <summary>Reads names and shapes of weights, not their values, and compares them with what the networks expect.</summary>
internal static class WeightDescriber
{
    /// <summary>Describes every file that <c>moda.json</c> of a folder names. Tensors that do not fit are described, not refused.</summary>
    /// <param name="folder">The folder.</param>
    /// <returns>One description for each network, in the order of <c>moda.json</c>.</returns>
    /// <exception cref="FileNotFoundException">There is no <c>moda.json</c>, or a file that it names is missing.</exception>
    /// <exception cref="WeightVersionException">The weights have another format version.</exception>
    /// <exception cref="CheckpointFormatException">A file is damaged.</exception>
    public static IReadOnlyList<NetworkDescription> DescribeFolder(string folder) =>
        [.. WeightSet.ReadDescription(folder).Networks.Select(network => DescribeFile(Path.Combine(folder, network.Value.File), network.Key))];

    /// <summary>Describes a single safetensors file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="network">The network whose tensors it should have; one of <see cref="NetworkStructure.Modules"/>, or any name for a network that is not compared.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="CheckpointFormatException">The file is damaged.</exception>
    public static NetworkDescription DescribeFile(string path, string network)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        if (!NetworkStructure.Modules.Contains(network))
        {
            return new NetworkDescription(network, path, new Dictionary<string, int>(), [.. file.Entries], []);
        }

        var match = StructureMatch.Of(
            NetworkStructure.Of(network), file.Entries.ToDictionary(entry => entry.Name, entry => entry.Shape, StringComparer.Ordinal));
        return new NetworkDescription(network, path, match.Sizes, [.. file.Entries], match.Problems);
    }
}
