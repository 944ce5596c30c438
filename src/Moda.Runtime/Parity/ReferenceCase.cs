using System.Globalization;
using System.Text.Json;
using Moda.Weights;

namespace Moda.Runtime.Parity;

/// <summary>
/// A case file: what the reference computes from given inputs on known weights. A safetensors file with tensors <c>input.*</c> and
/// <c>output.*</c>; its metadata names the kind of case, the weights, inputs that are computed instead of stored, and what else the case
/// needs. The weights are synthetic ones of a preset and seed, or those of a folder that the metadata names relative to the file.
/// </summary>
public sealed class ReferenceCase : IDisposable
{
    private const string InputPrefix = "input.";
    private const string OutputPrefix = "output.";

    private readonly SafetensorsFile file;
    private readonly ulong seed;
    private readonly IReadOnlyDictionary<string, SyntheticInput> generatedInputs;

    private ReferenceCase(string path, SafetensorsFile file, string? weightsFolder)
    {
        this.file = file;
        string[] name = Text("case").Split('.');
        Kind = name[0];
        seed = ulong.Parse(Text("weights_seed"), CultureInfo.InvariantCulture);
        generatedInputs = SyntheticInput.Parse(file.Metadata.GetValueOrDefault("generated_inputs", "{}"));
        if (weightsFolder is null && file.Metadata.TryGetValue("weights", out string? ownFolder))
        {
            weightsFolder = System.IO.Path.Combine(System.IO.Path.GetDirectoryName(path)!, ownFolder);
        }

        Weights = weightsFolder is null
            ? WeightSet.Synthetic(file.Metadata.GetValueOrDefault("preset", name[^1]) == "tiny" ? WeightPreset.Tiny : WeightPreset.Full, seed)
            : WeightSet.Open(weightsFolder);
    }

    /// <summary>The file's path.</summary>
    public string Path => file.Description;

    /// <summary>What was computed: <c>warping</c>, <c>dit_sample</c>, ...</summary>
    public string Kind { get; }

    /// <summary>The weights that the reference computed with.</summary>
    public WeightSet Weights { get; }

    /// <summary>The names of the outputs, without their prefix.</summary>
    public IEnumerable<string> OutputNames => file.Names
        .Where(name => name.StartsWith(OutputPrefix, StringComparison.Ordinal))
        .Select(name => name[OutputPrefix.Length..]);

    /// <summary>Opens a case.</summary>
    /// <param name="path">The file.</param>
    /// <param name="weightsFolder">A folder of weights to use instead of those that the case names; null for the case's own.</param>
    /// <exception cref="CheckpointFormatException">It is no safetensors file, or no case.</exception>
    /// <exception cref="IOException">It or a file of its weights cannot be read.</exception>
    public static ReferenceCase Open(string path, string? weightsFolder = null)
    {
        SafetensorsFile file = SafetensorsFile.Open(path);
        try
        {
            return new ReferenceCase(path, file, weightsFolder);
        }
        catch (Exception exception)
        {
            file.Dispose();
            if (exception is FormatException or OverflowException or JsonException)
            {
                throw new CheckpointFormatException(path, $"its metadata is not that of a case: {exception.Message}", exception);
            }

            throw;
        }
    }

    /// <summary>Whether the case has an input, stored or computed.</summary>
    public bool HasInput(string name) => generatedInputs.ContainsKey(name) || file.TryGetEntry(InputPrefix + name, out _);

    /// <summary>An input, stored or computed, in the reference's order of axes.</summary>
    /// <exception cref="TensorNotFoundException">The case has no such input.</exception>
    public HostTensor Input(string name) => generatedInputs.TryGetValue(name, out SyntheticInput? generated)
        ? new HostTensor(generated.Generate(seed), generated.Shape.ToArray())
        : Stored(InputPrefix + name);

    /// <summary>What the reference computed; every n-th element only where <see cref="OutputStride"/> is n.</summary>
    /// <exception cref="TensorNotFoundException">The case has no such output.</exception>
    public HostTensor Output(string name) => Stored(OutputPrefix + name);

    /// <summary>Of how many elements of an output, flattened, the first is stored.</summary>
    public int OutputStride(string name) =>
        Parameter("output_stride") is { } strides && strides.TryGetProperty(name, out JsonElement stride) ? stride.GetInt32() : 1;

    /// <summary>A value of the metadata that only this kind of case has; null where there is none.</summary>
    /// <param name="name">Its name: <c>seq_len</c>, <c>cfg_scale</c>, ...</param>
    public JsonElement? Parameter(string name)
    {
        if (!file.Metadata.TryGetValue(name, out string? json))
        {
            return null;
        }

        using JsonDocument document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }

    /// <summary>A whole number of the metadata that this kind of case needs.</summary>
    /// <param name="name">Its name: <c>seq_len</c>, <c>steps</c>, ...</param>
    /// <exception cref="CheckpointFormatException">It is missing.</exception>
    public int Number(string name) => Parameter(name)?.GetInt32()
        ?? throw new CheckpointFormatException(Path, $"its metadata has no '{name}', which a case '{Kind}' needs.");

    /// <inheritdoc/>
    public void Dispose()
    {
        Weights.Dispose();
        file.Dispose();
    }

    private HostTensor Stored(string name) => file.TryGetEntry(name, out SafetensorsEntry? entry)
        ? new HostTensor(file.ReadFloat32(name), entry.Shape.ToArray())
        : throw new TensorNotFoundException(name, Path);

    private string Text(string name) => file.Metadata.TryGetValue(name, out string? text)
        ? text
        : throw new CheckpointFormatException(file.Description, $"its metadata has no '{name}': it is no case.");
}
