using System.Diagnostics.CodeAnalysis;
using Moda.Weights.Files;
using Moda.Weights.Safetensors;
using Moda.Weights.Structure;
using Moda.Weights.Synthetic;

namespace Moda.Weights.Sets;

/// <summary>
/// The weights of all networks: a folder of converted or synthetic files, or synthetic values that are computed when they are read. Several
/// threads may read at once. The caller that opened the set disposes it.
/// </summary>
public sealed class WeightSet : IDisposable
{
    private readonly Dictionary<string, ITensorSource> networks;

    // The file of a set that is a single file: networks that only its user knows are in it too.
    private readonly ITensorSource? single;

    private WeightSet(string description, AudioEncoderSettings audioEncoder, MeanAndDeviation motionStatistics, Dictionary<string, ITensorSource> networks, ITensorSource? single = null)
    {
        this.single = single;
        Description = description;
        AudioEncoder = audioEncoder;
        MotionStatistics = motionStatistics;
        this.networks = networks;
    }

    /// <summary>Where the weights come from, for messages.</summary>
    public string Description { get; }

    /// <summary>Settings of the audio encoder that its tensor shapes do not show.</summary>
    internal AudioEncoderSettings AudioEncoder { get; }

    /// <summary>The statistics that normalise motion.</summary>
    internal MeanAndDeviation MotionStatistics { get; }

    /// <summary>The names of the networks in the set. Optional ones (<c>face_parser</c>) may be missing.</summary>
    public IReadOnlyCollection<string> Networks => networks.Keys;

    /// <summary>The total size of the networks' files in bytes; 0 for computed weights.</summary>
    public long ByteLength => networks.Values.Distinct().Sum(network => (network as SafetensorsFile)?.Length ?? 0);

    /// <summary>Opens the weights in a folder. It reads <c>moda.json</c> and the headers of all files.</summary>
    /// <param name="folder">A folder that <c>moda convert</c> or <c>moda weights synthesize</c> has written.</param>
    /// <exception cref="FileNotFoundException">There is no <c>moda.json</c>, or a file that it names is missing.</exception>
    /// <exception cref="WeightVersionException">The weights have another format version.</exception>
    /// <exception cref="CheckpointFormatException">A file is damaged or holds something other than weights.</exception>
    /// <exception cref="TensorNotFoundException">A file lacks a tensor that its network needs.</exception>
    /// <exception cref="TensorMismatchException">A tensor has a shape that does not fit the others, or no elements.</exception>
    public static WeightSet Open(string folder)
    {
        WeightSetDescription description = ReadDescription(folder);
        ForeignFiles.Refuse(folder, description.Networks.Values
            .Select(network => (Path.Combine(folder, network.File), (FileKind?)FileKind.Safetensors))
            .Where(file => File.Exists(file.Item1)));
        var networks = new Dictionary<string, ITensorSource>(StringComparer.Ordinal);
        try
        {
            foreach ((string module, NetworkFile network) in description.Networks)
            {
                string path = Path.Combine(folder, network.File);
                SafetensorsFile file = SafetensorsFile.Open(path);
                networks.Add(module, file);
                if (file.Length != network.ByteLength)
                {
                    throw new CheckpointFormatException(
                        path, $"it has {file.Length} bytes, but {WeightSetDescription.FileName} says {network.ByteLength}. Convert or synthesize the weights again.");
                }

                CheckStructure(folder, module, file, description.AudioEncoder);
            }
        }
        catch
        {
            DisposeAll(networks);
            throw;
        }

        return new WeightSet(folder, description.AudioEncoder, description.MotionStatistics, networks);
    }

    /// <summary>
    /// Opens a single safetensors file without <c>moda.json</c>, such as a <c>state_dict</c> of any widths. Every network reads its tensors
    /// from this file. Motion is normalised by <see cref="MeanAndDeviation.Bundled"/>.
    /// </summary>
    /// <param name="path">The file. Its tensors have the names of <c>structure.txt</c>.</param>
    /// <exception cref="CheckpointFormatException">The file is damaged or not a safetensors file.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    internal static WeightSet OpenFile(string path)
    {
        SafetensorsFile file = SafetensorsFile.Open(path);
        return new WeightSet(
            path,
            AudioEncoderSettings.ForPreset(WeightPreset.Full),
            MeanAndDeviation.Bundled,
            NetworkStructure.Modules.ToDictionary(module => module, ITensorSource (_) => file, StringComparer.Ordinal),
            file);
    }

    /// <summary>Creates synthetic weights, which are computed when they are read and not written to disk.</summary>
    /// <param name="preset">The widths of the networks.</param>
    /// <param name="seed">The seed of the values.</param>
    public static WeightSet Synthetic(WeightPreset preset, ulong seed = 0) => new(
        $"synthetic {preset.Name()}, seed {seed}",
        AudioEncoderSettings.ForPreset(preset),
        MeanAndDeviation.Bundled,
        NetworkStructure.Modules.ToDictionary(module => module, ITensorSource (module) => new SyntheticWeights(preset, module, seed), StringComparer.Ordinal));

    /// <summary>The same weights with one network's tensors replaced.</summary>
    /// <param name="module">One of <see cref="NetworkStructure.Modules"/>.</param>
    /// <param name="tensors">The network's tensors.</param>
    /// <returns>A new set that reads the files of this one. Dispose only this set, after both have been read.</returns>
    internal WeightSet With(string module, ITensorSource tensors) => new(
        Description, AudioEncoder, MotionStatistics, new Dictionary<string, ITensorSource>(networks, StringComparer.Ordinal) { [module] = tensors });

    /// <summary>Reads a folder's <c>moda.json</c>.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="FileNotFoundException">There is no <c>moda.json</c>.</exception>
    /// <exception cref="WeightVersionException">The weights have another format version.</exception>
    /// <exception cref="CheckpointFormatException">The file is damaged.</exception>
    internal static WeightSetDescription ReadDescription(string folder)
    {
        string path = Path.Combine(folder, WeightSetDescription.FileName);
        return File.Exists(path)
            ? WeightSetJson.Read(path)
            : throw new FileNotFoundException(
                $"There are no weights in '{folder}': {WeightSetDescription.FileName} is missing. Make them with 'moda convert' or 'moda weights synthesize'.", path);
    }

    /// <summary>The tensors of a network. The set must have it.</summary>
    /// <param name="module">One of <see cref="NetworkStructure.Modules"/>.</param>
    /// <exception cref="KeyNotFoundException">The set does not have the network.</exception>
    internal ITensorSource Network(string module) => networks.TryGetValue(module, out ITensorSource? tensors)
        ? tensors
        : single ?? throw new KeyNotFoundException($"The weights in '{Description}' have no network '{module}'.");

    /// <summary>Looks up the tensors of an optional network.</summary>
    /// <param name="module">One of <see cref="NetworkStructure.Modules"/>.</param>
    /// <param name="tensors">The network's tensors.</param>
    /// <returns>Whether the set has the network.</returns>
    internal bool TryGetNetwork(string module, [NotNullWhen(true)] out ITensorSource? tensors) => networks.TryGetValue(module, out tensors);

    /// <summary>Closes all files.</summary>
    public void Dispose() => DisposeAll(networks);

    // Shapes that do not fit are refused here, with the tensor's name. Otherwise a network's constructor would divide by zero or read past
    // an extent.
    private static void CheckStructure(string folder, string module, SafetensorsFile file, AudioEncoderSettings audioEncoder)
    {
        if (!NetworkStructure.Modules.Contains(module))
        {
            return;
        }

        var match = StructureMatch.Of(
            NetworkStructure.Of(module), file.Entries.ToDictionary(entry => entry.Name, entry => entry.Shape, StringComparer.Ordinal));
        match.RequireTensors(file.Description);
        if (module == "audio_encoder" && match.Sizes["width"] % audioEncoder.AttentionHeads != 0)
        {
            throw new CheckpointFormatException(
                Path.Combine(folder, WeightSetDescription.FileName),
                $"it has {audioEncoder.AttentionHeads} attention heads, which do not divide the width {match.Sizes["width"]} of '{file.Description}'.");
        }
    }

    private static void DisposeAll(Dictionary<string, ITensorSource> networks)
    {
        foreach (ITensorSource network in networks.Values)
        {
            (network as IDisposable)?.Dispose();
        }
    }
}
