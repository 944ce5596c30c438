using System.Security.Cryptography;
using Moda.Weights.Files;
using Moda.Weights.Safetensors;
using Moda.Weights.Structure;

namespace Moda.Weights.Sets;

/// <summary>The result of checking one network's file.</summary>
/// <param name="Network">The network's name.</param>
/// <param name="File">The file.</param>
/// <param name="TensorCount">The number of tensors.</param>
/// <param name="ParameterCount">The number of elements of all tensors.</param>
/// <param name="Problems">The problems, one sentence for each; empty when there are none.</param>
public sealed record NetworkVerification(string Network, string File, int TensorCount, long ParameterCount, IReadOnlyList<string> Problems);

/// <summary>Checks a folder of weights: names and shapes, finiteness, SHA-256.</summary>
public static class WeightVerifier
{
    private const int BufferBytes = 1 << 20;

    /// <summary>Checks every file that <c>moda.json</c> names.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="progress">Receives a report before each tensor.</param>
    /// <param name="cancellation">Cancels between two tensors.</param>
    /// <returns>One result for each network, in the order of <c>moda.json</c>.</returns>
    /// <exception cref="FileNotFoundException">There is no <c>moda.json</c>.</exception>
    /// <exception cref="WeightVersionException">The weights have another format version.</exception>
    /// <exception cref="CheckpointFormatException"><c>moda.json</c> is damaged.</exception>
    public static IReadOnlyList<NetworkVerification> Verify(
        string folder, IProgress<WeightProgress>? progress = null, CancellationToken cancellation = default)
    {
        WeightSetDescription set = WeightSet.ReadDescription(folder);
        long total = set.Networks.Values.Sum(network => network.ByteLength);
        long done = 0;
        var results = new List<NetworkVerification>();
        foreach ((string module, NetworkFile network) in set.Networks)
        {
            string path = Path.Combine(folder, network.File);
            var problems = new List<string>();
            long before = done;
            try
            {
                CheckHash(path, network, problems, cancellation);
                using SafetensorsFile file = SafetensorsFile.Open(path);
                CheckStructure(module, file, set.Preset, problems);
                foreach (SafetensorsEntry entry in file.Entries)
                {
                    cancellation.ThrowIfCancellationRequested();
                    progress?.Report(new WeightProgress(module, ShownText.Of(entry.Name, ShownText.LongestName), before, total));
                    CheckFinite(file, entry, problems);
                    before += entry.ByteLength;
                }
            }
            catch (Exception exception) when (exception is CheckpointFormatException or IOException)
            {
                problems.Add(exception.Message);
            }

            done += network.ByteLength;
            results.Add(new NetworkVerification(module, path, network.TensorCount, network.ParameterCount, problems));
        }

        return results;
    }

    private static void CheckHash(string path, NetworkFile network, List<string> problems, CancellationToken cancellation)
    {
        using var file = new WeightFile(path);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[BufferBytes];
        for (long offset = 0; offset < file.Length; offset += buffer.Length)
        {
            cancellation.ThrowIfCancellationRequested();
            Span<byte> part = buffer.AsSpan(0, (int)Math.Min(buffer.Length, file.Length - offset));
            file.Read(offset, part);
            hash.AppendData(part);
        }

        string found = Convert.ToHexStringLower(hash.GetHashAndReset());
        if (found != network.Sha256)
        {
            problems.Add($"its SHA-256 is {found}, but {WeightSetDescription.FileName} says {network.Sha256}");
        }
    }

    private static void CheckStructure(string module, SafetensorsFile file, WeightPreset? preset, List<string> problems)
    {
        if (!NetworkStructure.Modules.Contains(module))
        {
            problems.Add($"there is no network '{module}'");
            return;
        }

        NetworkStructure structure = NetworkStructure.Of(module);
        var match = StructureMatch.Of(structure, file.Entries.ToDictionary(entry => entry.Name, entry => entry.Shape, StringComparer.Ordinal));
        problems.AddRange(match.Problems.Select(problem => problem.ToString()));
        if (preset is WeightPreset known)
        {
            foreach ((string size, int expected) in structure.Sizes(known))
            {
                if (match.Sizes.GetValueOrDefault(size) != expected)
                {
                    problems.Add($"its size '{size}' is {match.Sizes.GetValueOrDefault(size)}, but {expected} in the preset {known.Name()}");
                }
            }
        }
    }

    private static void CheckFinite(SafetensorsFile file, SafetensorsEntry entry, List<string> problems)
    {
        float[] values = file.ReadFloat32(entry.Name);
        int index = FiniteValues.IndexOfOther(values);
        if (index >= 0)
        {
            problems.Add($"'{ShownText.Of(entry.Name, ShownText.LongestName)}' has {values[index]} at element {index}");
        }
    }
}
