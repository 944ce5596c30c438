using Moda.Weights.Structure;
using Moda.Weights.Synthetic;

namespace Moda.Weights.Sets;

/// <summary>Writes synthetic weights to files, in the same form as converted weights.</summary>
public static class WeightSynthesizer
{
    /// <summary>
    /// Writes all networks of a preset. The motion statistics are those of the reference's repository.
    /// </summary>
    /// <param name="preset">The widths of the networks.</param>
    /// <param name="seed">The seed of the values. Another seed gives other values in the same ranges.</param>
    /// <param name="folder">
    /// The folder to write. It is created when it does not exist, and must be empty unless <paramref name="overwrite"/> is set.
    /// </param>
    /// <param name="elementType">The type in which elements are stored.</param>
    /// <param name="overwrite">Whether to replace existing weights and to write into a folder that holds other files.</param>
    /// <param name="progress">Receives a report before each tensor.</param>
    /// <param name="cancellation">Cancels between two tensors. No unfinished files remain.</param>
    /// <returns>The files that were written. The keys are network names.</returns>
    /// <exception cref="IOException">The folder is not empty, or cannot be written.</exception>
    public static IReadOnlyDictionary<string, NetworkFile> Synthesize(
        WeightPreset preset,
        ulong seed,
        string folder,
        StoredType elementType = StoredType.Float32,
        bool overwrite = false,
        IProgress<WeightProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        OutputFolder.RequireFree(folder, overwrite, [], WeightSetWriter.FileNames);
        string origin = $"synthetic {preset.Name()}, seed {seed}";
        NetworkContent[] networks =
        [
            .. NetworkStructure.Modules.Select(module => new NetworkContent(
                module, new SyntheticWeights(preset, module, seed), [origin], NetworkStructure.Of(module).Sizes(preset))),
        ];
        var description = new WeightSetDescription(
            origin, preset, seed, elementType, new Dictionary<string, NetworkFile>(), AudioEncoderSettings.ForPreset(preset), MeanAndDeviation.Bundled);
        return WeightSetWriter.Write(folder, networks, description, progress, cancellation).Networks;
    }
}
