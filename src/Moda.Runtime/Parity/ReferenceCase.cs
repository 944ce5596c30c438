using System.Globalization;
using System.Text.Json;
using Moda.Weights;

namespace Moda.Runtime.Parity;

/// <summary>
/// A case file: what the reference computes from given inputs on synthetic weights. A safetensors file with tensors <c>input.*</c> and
/// <c>output.*</c>; its metadata names the kind of case, the preset and seed of the weights, inputs that are computed instead of
/// stored, and what else the case needs.
/// </summary>
public sealed class ReferenceCase : IDisposable
{
    private const string InputPrefix = "input.";
    private const string OutputPrefix = "output.";

    private readonly SafetensorsFile file;
    private readonly IReadOnlyDictionary<string, SyntheticInput> generatedInputs;

    private ReferenceCase(SafetensorsFile file)
    {
        this.file = file;
        string[] name = Text("case").Split('.');
        Kind = name[0];
        Preset = file.Metadata.GetValueOrDefault("preset", name[^1]) == "tiny" ? WeightPreset.Tiny : WeightPreset.Full;
        WeightsSeed = ulong.Parse(Text("weights_seed"), CultureInfo.InvariantCulture);
        generatedInputs = SyntheticInput.Parse(file.Metadata.GetValueOrDefault("generated_inputs", "{}"));
    }

    /// <summary>The file's path.</summary>
    public string Path => file.Description;

    /// <summary>What was computed: <c>warping</c>, <c>dit_sample</c>, ...</summary>
    public string Kind { get; }

    /// <summary>The weights' widths; <see cref="WeightPreset.Full"/> where the case is the same in all.</summary>
    public WeightPreset Preset { get; }

    /// <summary>The seed of the weights and of the computed inputs.</summary>
    public ulong WeightsSeed { get; }

    /// <summary>The names of the outputs, without their prefix.</summary>
    public IEnumerable<string> OutputNames => file.Names
        .Where(name => name.StartsWith(OutputPrefix, StringComparison.Ordinal))
        .Select(name => name[OutputPrefix.Length..]);

    /// <summary>Opens a case.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="CheckpointFormatException">It is no safetensors file, or no case.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static ReferenceCase Open(string path)
    {
        SafetensorsFile file = SafetensorsFile.Open(path);
        try
        {
            return new ReferenceCase(file);
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

    /// <summary>The synthetic weights of one network.</summary>
    /// <param name="module">The network's name: <c>warping_module</c>, ...</param>
    public ITensorSource Weights(string module) => new SyntheticWeights(Preset, module, WeightsSeed);

    /// <summary>Whether the case has an input, stored or computed.</summary>
    public bool HasInput(string name) => generatedInputs.ContainsKey(name) || file.TryGetEntry(InputPrefix + name, out _);

    /// <summary>An input, stored or computed, in the reference's order of axes.</summary>
    /// <exception cref="TensorNotFoundException">The case has no such input.</exception>
    public HostTensor Input(string name) => generatedInputs.TryGetValue(name, out SyntheticInput? generated)
        ? new HostTensor(generated.Generate(WeightsSeed), generated.Shape.ToArray())
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
    public void Dispose() => file.Dispose();

    private HostTensor Stored(string name) => file.TryGetEntry(name, out SafetensorsEntry? entry)
        ? new HostTensor(file.ReadFloat32(name), entry.Shape.ToArray())
        : throw new TensorNotFoundException(name, Path);

    private string Text(string name) => file.Metadata.TryGetValue(name, out string? text)
        ? text
        : throw new CheckpointFormatException(file.Description, $"its metadata has no '{name}': it is no case.");
}
