using Moda.Weights.Files;
using Moda.Weights.Sets;

namespace Moda.Weights.Conversion;

/// <summary>What to convert, and into what.</summary>
/// <param name="Source">The published folder <c>pretrained_weights</c>.</param>
/// <param name="Destination">
/// The folder to write. It is created when it does not exist, and must be empty unless <see cref="Overwrite"/> is set.
/// </param>
public sealed record ConversionOptions(string Source, string Destination)
{
    /// <summary>How elements are stored: <see cref="StoredType.Float32"/>, <see cref="StoredType.Float16"/> or <see cref="StoredType.BFloat16"/>.</summary>
    public StoredType ElementType { get; init; } = StoredType.Float32;

    /// <summary>
    /// Whether to replace weights in the destination and to write into a folder that holds other files. The source files are never
    /// replaced.
    /// </summary>
    public bool Overwrite { get; init; }

    /// <summary>The file with the motion's mean and standard deviation. Null means <c>mean.pt</c> in the source folder or beside it.</summary>
    public string? MotionStatistics { get; init; }

    /// <summary>The folder of the audio encoder. Null means <c>audio/chinese-hubert-base</c>, or the only encoder in the source folder.</summary>
    public string? AudioEncoder { get; init; }
}

/// <summary>What a conversion did.</summary>
/// <param name="Networks">The files that were written. The keys are network names.</param>
/// <param name="Notes">What was left out or assumed, one sentence for each.</param>
public sealed record ConversionResult(IReadOnlyDictionary<string, NetworkFile> Networks, IReadOnlyList<string> Notes);

/// <summary>
/// Converts the published checkpoints into one safetensors file for each network: canonical names, spectral norm and weight norm folded
/// into the weights (in float64), and no counters. Only one tensor is in memory at a time.
/// </summary>
public static class CheckpointConverter
{
    /// <summary>Converts the published checkpoints.</summary>
    /// <param name="options">What to convert, and into what.</param>
    /// <param name="progress">Receives a report before each tensor.</param>
    /// <param name="cancellation">Cancels between two tensors. No unfinished files remain.</param>
    /// <exception cref="DirectoryNotFoundException">The source is not a folder.</exception>
    /// <exception cref="FileNotFoundException">A required file is missing.</exception>
    /// <exception cref="CheckpointFormatException">A file is damaged or of an unsupported kind.</exception>
    /// <exception cref="TensorNotFoundException">A file lacks a tensor that its network needs.</exception>
    /// <exception cref="TensorMismatchException">A tensor has a shape that does not fit the others.</exception>
    /// <exception cref="IOException">The destination is not empty, or cannot be written.</exception>
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
