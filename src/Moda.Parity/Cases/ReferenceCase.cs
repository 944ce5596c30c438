using System.Globalization;
using System.Text.Json;
using Moda.Weights;
using Moda.Weights.Safetensors;
using Moda.Weights.Sets;

namespace Moda.Parity.Cases;

/// <summary>
/// A case file: what the reference computes from given inputs on known weights. A safetensors file with tensors <c>input.*</c> and
/// <c>output.*</c>; its metadata names the kind of case, the weights, inputs that are computed instead of stored, and what else the case
/// needs. The weights are synthetic ones of a preset and seed, or those that the metadata names relative to the file: a folder of weights, or
/// a safetensors file with the tensors of the network that the case runs.
/// </summary>
public sealed class ReferenceCase : IDisposable
{
    // 32 MiB of float32; the largest case of the reference computes half of it.
    private const long MostGeneratedElements = 8L << 20;

    private const int MostSteps = 100_000;

    // Of the weights' name; it stands in messages.
    private const int LongestName = 255;

    private const string InputPrefix = "input.";
    private const string OutputPrefix = "output.";

    private readonly SafetensorsFile file;
    private readonly ulong seed;
    private readonly IReadOnlyDictionary<string, SyntheticInput> generatedInputs;

    private ReferenceCase(string path, SafetensorsFile file, string? weights)
    {
        this.file = file;
        string[] name = Text("case").Split('.');
        Kind = KindOf(Text("case"));
        seed = ulong.Parse(file.Metadata.GetValueOrDefault("weights_seed", "0"), CultureInfo.InvariantCulture);
        generatedInputs = SyntheticInput.Parse(file.Metadata.GetValueOrDefault("generated_inputs", "{}"), MostGeneratedElements);
        if (weights is null && file.Metadata.TryGetValue("weights", out string? own))
        {
            weights = BesideCase(path, own);
        }

        Weights = weights is null
            ? WeightSet.Synthetic(file.Metadata.GetValueOrDefault("preset", name[^1]) == "tiny" ? WeightPreset.Tiny : WeightPreset.Full, seed)
            : File.Exists(weights) ? WeightSet.OpenFile(weights) : WeightSet.Open(weights);
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
    /// <param name="weights">
    /// Weights to use instead of those that the case names: a folder, or a safetensors file with the tensors of the network that the case
    /// runs. Null for the case's own.
    /// </param>
    /// <exception cref="CheckpointFormatException">It is no safetensors file, or no case, or its generated inputs ask for too much.</exception>
    /// <exception cref="IOException">It or a file of its weights cannot be read.</exception>
    public static ReferenceCase Open(string path, string? weights = null)
    {
        SafetensorsFile file = SafetensorsFile.Open(path);
        try
        {
            return new ReferenceCase(path, file, weights);
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

    /// <summary>The kind of a case by its name: what was computed, without the preset of its weights that may stand behind it.</summary>
    internal static string KindOf(string name)
    {
        string[] parts = name.Split('.');
        return string.Join('.', parts.Length > 1 && parts[^1] is "tiny" or "full" or "any" ? parts[..^1] : parts);
    }

    /// <summary>Whether the case has an input, stored or computed.</summary>
    public bool HasInput(string name) => generatedInputs.ContainsKey(name) || file.TryGetEntry(InputPrefix + name, out _);

    /// <summary>An input, stored or computed, in the reference's order of axes.</summary>
    /// <exception cref="TensorNotFoundException">The case has no such input.</exception>
    /// <exception cref="TensorMismatchException">It has a value that is NaN or infinite.</exception>
    public HostTensor Input(string name) => generatedInputs.TryGetValue(name, out SyntheticInput? generated)
        ? new HostTensor(generated.Generate(seed), generated.Shape.ToArray())
        : Stored(InputPrefix + name);

    /// <summary>What the reference computed; every n-th element only where <see cref="OutputStride"/> is n.</summary>
    /// <exception cref="TensorNotFoundException">The case has no such output.</exception>
    /// <exception cref="TensorMismatchException">It has a value that is NaN or infinite.</exception>
    internal HostTensor Output(string name) => Stored(OutputPrefix + name);

    /// <summary>Of how many elements of an output, flattened, the first is stored: 1 or more.</summary>
    /// <exception cref="CheckpointFormatException">The metadata has something else there.</exception>
    public int OutputStride(string name) => Parameter("output_stride") is not { } strides
        ? 1
        : Convert("output_stride", strides, value => value.TryGetProperty(name, out JsonElement stride) ? InRange($"output_stride.{name}", stride.GetInt32(), 1, int.MaxValue) : 1);

    /// <summary>A value of the metadata that only this kind of case has; null where there is none.</summary>
    /// <param name="name">Its name: <c>seq_len</c>, <c>cfg_scale</c>, ...</param>
    /// <exception cref="CheckpointFormatException">It is no JSON.</exception>
    public JsonElement? Parameter(string name)
    {
        if (!file.Metadata.TryGetValue(name, out string? json))
        {
            return null;
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            return document.RootElement.Clone();
        }
        catch (JsonException exception)
        {
            throw NotAsExpected(name, exception);
        }
    }

    /// <summary>A whole number of the metadata that this kind of case needs.</summary>
    /// <param name="name">Its name: <c>seq_len</c>, <c>steps</c>, ...</param>
    /// <param name="least">The smallest that makes sense.</param>
    /// <param name="most">The largest that makes sense.</param>
    /// <exception cref="CheckpointFormatException">It is missing, no whole number, or out of that range.</exception>
    public int Number(string name, int least = 1, int most = MostSteps) =>
        InRange(name, Convert(name, Required(name), value => value.GetInt32()), least, most);

    /// <summary>A number of the metadata, within the range of float32.</summary>
    /// <param name="name">Its name: <c>cfg_scale</c>, ...</param>
    /// <param name="missing">What stands for one that is missing; null when it must be there.</param>
    /// <exception cref="CheckpointFormatException">It is missing, or no finite number.</exception>
    public double Real(string name, double? missing = null)
    {
        if (missing is double replacement && Parameter(name) is null)
        {
            return replacement;
        }

        double number = Convert(name, Required(name), value => value.GetDouble());
        return float.IsFinite((float)number) ? number : throw new CheckpointFormatException(Path, $"its '{name}' is {number}, but a finite number is needed.");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Weights.Dispose();
        file.Dispose();
    }

    // A case comes from anywhere; it may name weights near itself, not any place of the machine.
    private static string BesideCase(string path, string weights) => weights.Length <= LongestName && !System.IO.Path.IsPathRooted(weights) && !weights.Any(char.IsControl)
        ? System.IO.Path.Combine(System.IO.Path.GetDirectoryName(path)!, weights)
        : throw new CheckpointFormatException(
            path, $"its metadata has the weights '{weights}', but a folder or safetensors file relative to the case is needed.");

    private HostTensor Stored(string name)
    {
        if (!file.TryGetEntry(name, out SafetensorsEntry? entry))
        {
            throw new TensorNotFoundException(name, Path);
        }

        float[] values = file.ReadFloat32(name);
        FiniteValues.Require(name, Path, values);
        return new HostTensor(values, entry.Shape.ToArray());
    }

    private JsonElement Required(string name) => Parameter(name)
        ?? throw new CheckpointFormatException(Path, $"its metadata has no '{name}', which a case '{Kind}' needs.");

    private T Convert<T>(string name, JsonElement value, Func<JsonElement, T> convert)
    {
        try
        {
            return convert(value);
        }
        catch (Exception exception) when (exception is InvalidOperationException or FormatException)
        {
            throw NotAsExpected(name, exception);
        }
    }

    private int InRange(string name, int number, int least, int most) => number >= least && number <= most
        ? number
        : throw new CheckpointFormatException(Path, $"its '{name}' is {number}, but a number from {least} to {most} is needed.");

    private CheckpointFormatException NotAsExpected(string name, Exception exception) =>
        new(Path, $"its metadata '{name}' is not as expected: {exception.Message}", exception);

    private string Text(string name) => file.Metadata.TryGetValue(name, out string? text)
        ? text
        : throw new CheckpointFormatException(file.Description, $"its metadata has no '{name}': it is no case.");
}
