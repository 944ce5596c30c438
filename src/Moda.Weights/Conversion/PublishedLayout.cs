using Moda.Weights.Files;

namespace Moda.Weights.Conversion;

/// <summary>The paths of the published weights below the cloned folder <c>pretrained_weights</c>.</summary>
internal static class PublishedLayout
{
    public const string MotionGenerator = "moda/net-200.pth";
    public const string BaseModels = "decode/v1/first_stage/base_models";
    public const string Retargeting = "decode/v1/first_stage/retargeting_models/stitching_retargeting_module.pth";
    public const string Audio = "audio";
    public const string FaceParser = "face/face-parsing/79999_iter.pth";
    public const string MotionStatistics = "mean.pt";

    /// <summary>The audio encoder that the reference's configuration names. Another encoder is used when it is the only one in the folder.</summary>
    public const string PreferredAudioEncoder = "chinese-hubert-base";

    // In order of preference.
    private static readonly string[] AudioWeightFiles = ["model.safetensors", "pytorch_model.bin"];

    /// <summary>
    /// The networks whose files lie in <see cref="BaseModels"/>, are named after the network, and hold a plain dictionary of tensors.
    /// </summary>
    public static IReadOnlyList<string> BaseModelNames { get; } =
        ["appearance_feature_extractor", "motion_extractor", "warping_module", "spade_generator"];

    /// <summary>The parts of the retargeting file: the key in the file, the prefix that its tensors get, and whether the part is required.</summary>
    public static IReadOnlyList<(string Key, string Prefix, bool Required)> RetargetingParts { get; } =
    [
        ("retarget_shoulder", "stitching.", true),
        ("retarget_mouth", "lip.", false),
        ("retarget_eye", "eye.", false),
    ];

    /// <summary>Returns the path of a required file.</summary>
    /// <exception cref="FileNotFoundException">The file is missing. The message names it.</exception>
    public static string Require(string root, string relative)
    {
        string path = Path.Combine(root, relative);
        return File.Exists(path)
            ? path
            : throw new FileNotFoundException($"The published weights in '{root}' lack '{path}', which is required.", path);
    }

    /// <summary>Finds the folder of the audio encoder.</summary>
    /// <exception cref="FileNotFoundException">There is no audio encoder.</exception>
    /// <exception cref="InvalidOperationException">There are several encoders, and none is the one that the reference uses.</exception>
    public static string FindAudioEncoder(string root)
    {
        string audio = Path.Combine(root, Audio);
        string preferred = Path.Combine(audio, PreferredAudioEncoder);
        if (FindAudioWeights(preferred) is not null)
        {
            return preferred;
        }

        string[] folders = Directory.Exists(audio) ? [.. Directory.GetDirectories(audio).Where(folder => FindAudioWeights(folder) is not null).Order(StringComparer.Ordinal)] : [];
        return folders switch
        {
            [string only] => only,
            [] => throw new FileNotFoundException(
                $"The published weights in '{root}' lack '{Path.Combine(preferred, AudioWeightFiles[1])}' (or {AudioWeightFiles[0]} beside it), which is required.", preferred),
            _ => throw new InvalidOperationException($"There are several audio encoders: {string.Join(", ", folders)}. Say which one to convert."),
        };
    }

    /// <summary>Finds the weight file in the folder of an audio encoder.</summary>
    public static string? FindAudioWeights(string folder) =>
        AudioWeightFiles.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    /// <summary>The existing files that a conversion reads, and the kind that each must have; null for JSON.</summary>
    /// <param name="root">The folder of the published weights.</param>
    /// <param name="audioEncoder">The folder of the audio encoder; null for the default one.</param>
    /// <param name="motionStatistics">The file with the motion statistics; null for the default one.</param>
    public static IEnumerable<(string Path, FileKind? Expected)> Files(string root, string? audioEncoder, string? motionStatistics)
    {
        string audio = audioEncoder ?? FindAudioEncoder(root);
        string audioWeights = FindAudioWeights(audio) ?? "";
        string[] checkpoints =
        [
            Path.Combine(root, MotionGenerator),
            .. BaseModelNames.Select(module => Path.Combine(root, BaseModels, module + ".pth")),
            Path.Combine(root, Retargeting),
            Path.Combine(root, FaceParser),
            motionStatistics ?? FindMotionStatistics(root) ?? "",
        ];
        IEnumerable<(string Path, FileKind? Expected)> files =
        [
            (audioWeights, audioWeights.EndsWith(".safetensors", StringComparison.Ordinal) ? FileKind.Safetensors : FileKind.TorchZip),
            (Path.Combine(audio, "config.json"), null),
            .. checkpoints.Select(path => (path, (FileKind?)FileKind.TorchZip)),
        ];
        return files.Where(file => File.Exists(file.Path));
    }

    /// <summary>Finds <c>mean.pt</c> in the folder, beside it, or in the reference's repository around the folder.</summary>
    public static string? FindMotionStatistics(string root)
    {
        string parent = Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(root))) ?? root;
        return new[]
        {
            Path.Combine(root, MotionStatistics),
            Path.Combine(parent, MotionStatistics),
            Path.Combine(parent, "src", "datasets", MotionStatistics),
        }.FirstOrDefault(File.Exists);
    }
}
