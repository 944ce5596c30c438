using Moda.Weights.Files;
using Moda.Weights.Sets;

namespace Moda.Weights.Conversion;

/// <summary>What to convert, and into what.</summary>
/// <param name="Source">The folder <c>pretrained_weights</c> as it is published.</param>
/// <param name="Destination">The folder to write; created if need be. It is empty, or <see cref="Overwrite"/> is set.</param>
public sealed record ConversionOptions(string Source, string Destination)
{
    /// <summary>How elements are stored: <see cref="StoredType.Float32"/>, <see cref="StoredType.Float16"/> or <see cref="StoredType.BFloat16"/>.</summary>
    public StoredType ElementType { get; init; } = StoredType.Float32;

    /// <summary>
    /// Whether weights that are in the destination are replaced, and new ones put beside other things. What is converted is never replaced.
    /// </summary>
    public bool Overwrite { get; init; }

    /// <summary>The file of the motion's mean and standard deviation; when null, <c>mean.pt</c> in or beside the source.</summary>
    public string? MotionStatistics { get; init; }

    /// <summary>The folder of the audio encoder; when null, <c>audio/chinese-hubert-base</c> or the only one there is.</summary>
    public string? AudioEncoder { get; init; }
}

/// <summary>What a conversion did.</summary>
/// <param name="Networks">The files that were written, by the names of their networks.</param>
/// <param name="Notes">What was left out or assumed, one sentence each.</param>
public sealed record ConversionResult(IReadOnlyDictionary<string, NetworkFile> Networks, IReadOnlyList<string> Notes);

/// <summary>
/// Converts the published checkpoints into one safetensors file for each network: canonical names, spectral norm and weight norm folded
/// into the weights (in float64), counters dropped. One tensor is in memory at a time.
/// </summary>
public static class CheckpointConverter
{
    /// <summary>Converts.</summary>
    /// <param name="options">What to convert, and into what.</param>
    /// <param name="progress">Told before each tensor.</param>
    /// <param name="cancellation">Stops between two tensors; nothing is left behind.</param>
    /// <exception cref="DirectoryNotFoundException">The source is no folder.</exception>
    /// <exception cref="FileNotFoundException">A required file is missing.</exception>
    /// <exception cref="CheckpointFormatException">A file is damaged, or of a kind that is not supported.</exception>
    /// <exception cref="TensorNotFoundException">A file lacks a tensor that its network needs.</exception>
    /// <exception cref="TensorMismatchException">A tensor has a shape that does not fit the others.</exception>
    /// <exception cref="IOException">The destination holds something already, or cannot be written.</exception>
    public static ConversionResult Convert(
        ConversionOptions options, IProgress<WeightProgress>? progress = null, CancellationToken cancellation = default)
    {
        if (!Directory.Exists(options.Source))
        {
            throw new DirectoryNotFoundException($"There is no folder '{options.Source}' to convert.");
        }

        if (options.ElementType is not (StoredType.Float32 or StoredType.Float16 or StoredType.BFloat16))
        {
            throw new ArgumentException($"Weights are written as float32, float16 or bfloat16, not as {options.ElementType}.", nameof(options));
        }

        (string Path, FileKind? Expected)[] files = [.. PublishedLayout.Files(options.Source, options.AudioEncoder, options.MotionStatistics)];
        OutputFolder.RequireFree(options.Destination, options.Overwrite, files.Select(file => file.Path), WeightSetWriter.FileNames);
        ForeignFiles.Refuse(options.Source, files);
        using var sources = new PublishedSources(options.Source);
        AudioEncoderSettings audio = sources.AddAudioEncoder(options.AudioEncoder);
        sources.AddMotionGenerator();
        sources.AddBaseModels();
        sources.AddRetargeting();
        sources.AddFaceParser();
        MeanAndDeviation statistics = sources.FindMotionStatistics(options.MotionStatistics);

        string origin = $"converted from {Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(options.Source)))}";
        var description = new WeightSetDescription(origin, null, null, options.ElementType, new Dictionary<string, NetworkFile>(), audio, statistics);
        WeightSetDescription written = WeightSetWriter.Write(options.Destination, sources.Networks, description, progress, cancellation);
        return new ConversionResult(written.Networks, sources.Notes);
    }
}
