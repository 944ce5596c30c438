using Moda.Cli.Configuration;
using Moda.Kernels;
using Moda.Kernels.Selection;
using Moda.Runtime.Options;
using Moda.Weights.Sets;

namespace Moda.Cli.Commands;

/// <summary>What every command does before it has an engine: opens the weights and the device, and says which they are.</summary>
internal static class EngineStart
{
    private const string OpenCheckpointNotice = """
        weights: the open checkpoint, which is small and free (docs/open-checkpoint.md). For the published ones:
          git clone https://huggingface.co/lixinyizju/moda pretrained_weights    (needs git-lfs)
          moda convert pretrained_weights weights
          moda generate --weights weights ...
        """;

    /// <summary>Reads what is in the files of weights, not the weights themselves.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="pasteBack">What the weights are needed for.</param>
    /// <exception cref="ConfigurationException">They lack a network that is needed.</exception>
    public static WeightSet OpenWeights(string path, PasteBackMode pasteBack)
    {
        WeightSet weights = WeightSet.Open(path);
        if (pasteBack != PasteBackMode.FaceMask || weights.Networks.Contains("face_parser"))
        {
            return weights;
        }

        weights.Dispose();
        throw new ConfigurationException($"--paste-back face-mask needs the face parser, which the weights in '{path}' lack.");
    }

    /// <summary>Opens the device, and says which one it is where it was chosen here.</summary>
    public static Device OpenDevice(string name, ElementType? precision, long? maximumGpuMemory)
    {
        SelectedDevice selected = DeviceSelector.Open(name, new(precision, maximumGpuMemory));
        if (name == "auto")
        {
            Console.Error.WriteLine($"device: {selected.Device.Name} ({selected.Reason})");
        }

        return selected.Device;
    }

    /// <summary>Says that no weights were named, and where there are better ones.</summary>
    public static void SayOpenCheckpoint() => Console.Error.WriteLine(OpenCheckpointNotice);
}
