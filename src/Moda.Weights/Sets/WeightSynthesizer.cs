using Moda.Weights.Structure;
using Moda.Weights.Synthetic;

namespace Moda.Weights.Sets;

/// <summary>Writes synthetic weights in the form of converted ones.</summary>
public static class WeightSynthesizer
{
    /// <summary>
    /// Writes all networks of a preset. Motion is normalised by the statistics that the reference's repository carries.
    /// </summary>
    /// <param name="preset">Which widths.</param>
    /// <param name="seed">Which values; another seed gives other values in the same ranges.</param>
    /// <param name="folder">Where to; created if need be. It is empty, or <paramref name="overwrite"/> is set.</param>
    /// <param name="elementType">How elements are stored.</param>
    /// <param name="overwrite">Whether weights that are there are replaced, and new ones put beside other things.</param>
    /// <param name="progress">Told before each tensor.</param>
    /// <param name="cancellation">Stops between two tensors; nothing is left behind.</param>
    /// <returns>The files that were written, by the names of their networks.</returns>
    /// <exception cref="IOException">The folder holds something already, or cannot be written.</exception>
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
